const ownSetTimeout = globalThis.setTimeout
const ownNow = performance.now

/**
 * Whether a test drives the timers but not `performance.now`, as the mock timers of `node:test` do. What a
 * timer has waited for cannot be told then.
 */
export function isClockSplit(): boolean {
  return globalThis.setTimeout !== ownSetTimeout && performance.now === ownNow
}
