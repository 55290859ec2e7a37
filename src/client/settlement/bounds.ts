import type { Bounds } from './state.js'

/** Time between the sign of a lost end and the look at the thread: 1,000 ms. The end itself follows in 1 ms. */
const LOOK_DELAY_MS = 1_000

/** Longest time until an interrupt that took no effect is repeated, in milliseconds: 5,000. */
const MAX_INTERRUPT_RETRY_MS = 5_000

/** The bounds of a turn, from the time Codex has to answer its start and to confirm its interrupt. */
export function boundsOf(options: {
  readonly startTimeoutMs: number
  readonly interruptTimeoutMs: number
}): Bounds {
  const { startTimeoutMs, interruptTimeoutMs } = options
  return {
    start: startTimeoutMs,
    interrupt: interruptTimeoutMs,
    interruptRetry: Math.min(interruptTimeoutMs / 2, MAX_INTERRUPT_RETRY_MS),
    look: LOOK_DELAY_MS,
  }
}
