import type { BigIntStats } from 'node:fs'
// The default import, so that a test can stand in for single calls.
import fs from 'node:fs/promises'
import path from 'node:path'
import { removeHome } from './remove.js'
import { isTemporaryName } from './write-file.js'

/** Age in milliseconds from which an unfinished copy counts as left behind: 1 hour. A call takes far less. */
export const STALE_AFTER_MS = 60 * 60 * 1000

/**
 * Removes unfinished homes that calls left beside a target when they were killed. Takes away only what has the
 * name that this library gives, belongs to this user, is a folder that is empty or bears the mark, and has not
 * changed for {@link STALE_AFTER_MS}. What cannot be removed stays; never throws.
 */
export async function sweepFolders(target: string, marker: string): Promise<void> {
  const parent = path.dirname(target)
  await sweep(parent, [path.basename(target)], async (place, stats) => {
    if (!stats.isDirectory()) return
    const names = await fs.readdir(place)
    if (names.length === 0 || names.includes(marker)) await removeHome(place, stats)
  })
}

/** Removes unfinished copies of files from a home, under the conditions of {@link sweepFolders}. */
export async function sweepFiles(home: string, names: Iterable<string>): Promise<void> {
  await sweep(home, [...names], async (place, stats) => {
    if (stats.isFile()) await fs.unlink(place)
  })
}

async function sweep(
  folder: string,
  names: readonly string[],
  remove: (place: string, stats: BigIntStats) => Promise<void>,
): Promise<void> {
  const entries = await fs.readdir(folder).catch(() => [])
  for (const entry of entries) {
    if (!names.some((name) => isTemporaryName(entry, name))) continue
    const place = path.join(folder, entry)
    try {
      const stats = await fs.lstat(place, { bigint: true })
      if (isStale(stats)) await remove(place, stats)
    } catch {
      // Another call may be sweeping too, and what stays is no harm to this one.
    }
  }
}

function isStale(stats: BigIntStats): boolean {
  const isOwn = process.getuid === undefined || stats.uid === BigInt(process.getuid())
  return isOwn && Date.now() - Number(stats.mtimeMs) >= STALE_AFTER_MS
}
