import type { Facts } from './facts.js'
import type { FailurePhase } from './failure.js'
import { readText } from './read.js'
import type { Verdict } from './verdict.js'

const STARTING: ReadonlySet<FailurePhase | undefined> = new Set(['spawn', 'initialize'])

/** Concludes from the end of a connection or of the process behind it. */
export function judgeClose(facts: Facts, phase: FailurePhase | undefined): Verdict {
  if (STARTING.has(phase)) {
    return {
      kind: 'backend-spawn-failed',
      safety: 'not-sent',
      // A server that dies while it starts does so again, unless somebody killed it.
      retryable: facts.signal !== undefined,
      hint: 'Codex ended before it was ready: read the end of its error stream in the details.',
    }
  }
  const verdict = { kind: 'transport-closed-before-turn-completed', safety: 'indeterminate' } as const
  return readText(facts.close, 'kind') === 'local'
    ? { ...verdict, retryable: false, hint: 'This side closed the connection while it was in use.' }
    : verdict
}
