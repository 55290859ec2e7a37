import { classifyFailure } from '../../failures/index.js'
import { nextDelay } from '../../failures/retry-wait.js'
import { SERVER_OVERLOADED } from '../../failures/rpc-rules.js'
import { RpcError } from '../../rpc/errors.js'

const MIN_DELAY_MS = 50
const MAX_DELAY_MS = 2_000

/** Whether Codex refused a request because its queue was full, before it looked at it. */
export function isOverload(error: unknown): error is RpcError {
  return error instanceof RpcError && error.rpcCode === SERVER_OVERLOADED
}

/**
 * How long to wait after the `refusals`-th refusal, in milliseconds: 50, 100, 200 and so on up to 2,000, give
 * or take a quarter, or as long as Codex asked for. `undefined` when it asked for longer than 2,000.
 */
export function overloadDelay(refusals: number, error: RpcError, random: () => number): number | undefined {
  const limits = { minDelayMs: MIN_DELAY_MS, maxDelayMs: MAX_DELAY_MS }
  return nextDelay(refusals, classifyFailure(error), limits, random)
}
