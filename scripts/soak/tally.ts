import type { TurnResult } from '../../src/client/index.js'
import type { TurnKind } from './model.js'

/** What became of one turn. */
export interface Settled {
  readonly kind: TurnKind
  readonly name: string
  /** `undefined` when it never settled. */
  readonly result: TurnResult | undefined
  /** Whether the server was killed meanwhile. */
  readonly isKilled: boolean
  /** What is wrong with it, whatever its outcome. */
  readonly problem: string | undefined
}

const CLOSED = 'failed: transport-closed-before-turn-completed'
const INTERRUPTED = 'interrupted: turn-interrupted'

/** What each kind of turn must come to while nobody kills the server. */
const EXPECTED: Readonly<Record<TurnKind, string>> = {
  plain: 'completed',
  accept: 'completed',
  decline: 'completed',
  interrupt: INTERRUPTED,
  abort: INTERRUPTED,
  abortEarly: INTERRUPTED,
  fail: 'failed: provider-overloaded',
  kill: CLOSED,
}

/** Counts turns by outcome, and keeps what is wrong. */
export class Tally {
  readonly outcomes = new Map<string, Map<TurnKind, number>>()
  readonly problems: string[] = []
  /** Turns that have settled or are lost. */
  turns = 0
  lost = 0

  add({ kind, name, result, isKilled, problem }: Settled): void {
    this.turns += 1
    const outcome = result ? `${result.status}${result.failure ? `: ${result.failure.kind}` : ''}` : 'lost'
    const kinds = this.outcomes.get(outcome) ?? new Map<TurnKind, number>()
    this.outcomes.set(outcome, kinds.set(kind, (kinds.get(kind) ?? 0) + 1))
    if (!result) this.lost += 1
    else if (problem !== undefined) this.problems.push(`${kind} ${name} (${outcome}): ${problem}`)
    else if (outcome !== EXPECTED[kind] && !(isKilled && outcome === CLOSED)) {
      this.problems.push(`${kind} ${name}: ${outcome}: ${result.failure?.message ?? ''}`)
    }
  }
}
