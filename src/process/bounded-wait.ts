import pTimeout from 'p-timeout'

/** Waits for a promise that never rejects, for at most this many milliseconds; 0 hardly waits at all. */
export async function waitAtMost(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  // p-timeout takes no zero.
  await pTimeout(promise, { milliseconds: Math.max(1, milliseconds), message: false })
}
