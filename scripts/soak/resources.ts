import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'

/** What keeps this process alive, without what is over by itself in a moment. */
export function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => !/^(?:Immediate|FSReq)/.test(name))
    .sort()
}

/** What is there that was not there before: handles, timers, child processes, listeners of a signal. */
export async function leakedSince(before: readonly string[], signal: AbortSignal): Promise<string[]> {
  // Handles of what is gone are closed in a later turn of the event loop.
  for (let turns = 0; turns < 1_000 && resources().length > before.length; turns += 1) await setImmediate()
  const known = [...before]
  const handles = resources().filter((name) => {
    const at = known.indexOf(name)
    if (at === -1) return true
    known.splice(at, 1)
    return false
  })
  return [...handles, ...getEventListeners(signal, 'abort').map(() => 'abort listener')]
}

/** Memory of this process after a collection, in MiB; the collection needs `--expose-gc`. */
export function memory(): { readonly rss: number; readonly heap: number } {
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  return { rss: Math.round(rss / 2 ** 20), heap: Math.round(heapUsed / 2 ** 20) }
}
