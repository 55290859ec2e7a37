import { classifyFailure, type Failure, type FailureContext } from '../failures/index.js'
import type { PreparedOutput } from '../output/structured-output.js'
import type { TurnStatus } from './events.js'
import type { Outcome } from './settlement/index.js'
import type { TurnOutput } from './turn-output.js'
import type { TurnResult } from './turn-result.js'

/** The turn that ends. */
export interface EndingTurn<Output> {
  readonly threadId: string
  /** Empty when Codex has never told it. */
  readonly turnId: string
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
  /** The shape that the answer is to have. */
  readonly expected: PreparedOutput<Output> | undefined
}

/**
 * Turns an outcome into the last event and the result, which `resolve` gets: at once, or, when the answer of a
 * turn that completed is to be parsed, after that.
 */
export function endTurn<Output>(
  turn: EndingTurn<Output>,
  output: TurnOutput,
  outcome: Outcome,
  resolve: (result: TurnResult<Output>) => void,
): void {
  const { threadId, turnId, startedAt, expected } = turn
  const { raw } = outcome
  const finish = (status: TurnStatus, failure: Failure | undefined, parsed?: Output): void => {
    const base = { threadId, turnId, status, ...(failure ? { failure } : {}) }
    output.end({ type: 'turn.completed', ...base, ...(raw ? { raw } : {}) })
    const durationMs = performance.now() - startedAt
    resolve({ ...base, output: parsed, ...output.snapshot(status === 'completed'), durationMs })
  }
  const context: FailureContext = {
    phase: turnId === '' ? 'turn-start' : 'turn',
    ...(output.hasActed ? { sideEffectsPossible: true } : {}),
  }
  if (outcome.status !== 'completed') {
    // A turn that failed and is known to be over will not do any more what it has not done.
    const isOver = outcome.status === 'failed' && outcome.isConfirmed
    const known = isOver ? { sideEffectsPossible: output.hasActed } : {}
    finish(outcome.status, classifyFailure(outcome.cause, { ...context, ...known, ...outcome.context }))
  } else if (expected) {
    expected.parse(output.snapshot(true).text).then(
      (parsed) => finish('completed', undefined, parsed),
      (error: unknown) => finish('failed', classifyFailure(error, context)),
    )
  } else {
    finish('completed', undefined)
  }
}
