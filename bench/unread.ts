import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const SOURCE = fileURLToPath(new URL('unread-turn.mjs', import.meta.url))
const COUNT = 1_000_000

interface Measured {
  readonly rss: readonly number[]
  readonly read: number
  readonly skipped: number
  readonly kept: number
}

/**
 * Memory while a million deltas come that nobody reads, each contestant in a process of its own: with the bounds of
 * the event stream, and for comparison when the program keeps every message.
 */
export async function unread(): Promise<void> {
  console.log(
    `unread: ${COUNT.toLocaleString('en')} deltas to a reader that never reads, RSS in MB at each tenth`,
  )
  for (const contestant of ['bounded', 'unbounded']) {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      SOURCE,
      contestant,
      String(COUNT),
    ])
    const { rss, read, skipped, kept } = JSON.parse(stdout) as Measured
    const told = read + skipped
    if (told !== COUNT)
      throw new Error(`${contestant}: ${told} of ${COUNT} deltas were read or told as skipped`)
    const growth = (rss.at(-1) ?? 0) / (rss[1] ?? 1)
    console.log(
      `  ${contestant.padEnd(10)} ${rss.join(' ')}  last / second ${growth.toFixed(2)}  ` +
        `(${read} read, ${skipped} skipped${kept > 0 ? `, ${kept} kept by the program` : ''})`,
    )
  }
}
