import type { Dirent } from 'node:fs'
import { opendir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { RpcError } from '../../../rpc/errors.js'
import { type ExecParams, type ExecResult, pathToUri } from '../../protocol/index.js'
import type { Confinement } from './confine.js'
import { targetOf } from './folders.js'

const MAX_DEPTH = 64
const MAX_DIRECTORIES = 10_000
const MAX_ENTRIES = 50_000

type WalkOptions = ExecParams<'fs/walk'>['options']
type WalkResult = ExecResult<'fs/walk'>

interface Folder {
  readonly path: string
  /** The same without links, by which a folder is known again. */
  readonly real: string
  readonly depth: number
}

/**
 * Lists the files and folders below a folder, level by level, sorted by name within each folder. Links are left
 * out, but for those to folders when they are followed; a folder is entered once.
 */
export async function walk(
  root: string,
  options: WalkOptions,
  confinement: Confinement,
): Promise<WalkResult> {
  checkLimits(options)
  if (!(await stat(root)).isDirectory()) return { entries: [], errors: [], truncated: false }
  const top = await realpath(root)
  const entered = new Set([top])
  const result: WalkResult = { entries: [], errors: [], truncated: false }
  const queue: Folder[] = [{ path: root, real: top, depth: 0 }]
  let [directories, seen] = [0, 0]
  for (let next = 0; next < queue.length; next += 1) {
    if (directories >= options.maxDirectories) return { ...result, truncated: true }
    directories += 1
    const { path, real: parent, depth } = queue[next] as Folder
    const listed = await list(path, options.maxEntries - seen, result)
    seen += listed.entries.length
    for (const entry of listed.entries) {
      const child = join(path, entry.name)
      const kind = await kindOf(entry, child, options.followDirectorySymlinks, confinement)
      if (kind === undefined) continue
      result.entries.push({ path: pathToUri(child), kind })
      const isHidden = options.pruneHiddenDirectories === true && entry.name.startsWith('.')
      if (kind !== 'directory' || depth >= options.maxDepth || isHidden) continue
      const real = entry.isSymbolicLink()
        ? await realpath(child).catch(() => undefined)
        : join(parent, entry.name)
      if (real === undefined || entered.has(real)) continue
      entered.add(real)
      queue.push({ path: child, real, depth: depth + 1 })
    }
    if (listed.isCut) return { ...result, truncated: true }
  }
  return result
}

function checkLimits({ maxDepth, maxDirectories, maxEntries }: WalkOptions): void {
  if (maxDirectories === 0 || maxEntries === 0) {
    throw RpcError.invalidRequest('filesystem walk limits must be greater than zero')
  }
  if (maxDepth <= MAX_DEPTH && maxDirectories <= MAX_DIRECTORIES && maxEntries <= MAX_ENTRIES) return
  throw RpcError.invalidRequest(
    `filesystem walk limits exceed maximums: depth=${MAX_DEPTH}, directories=${MAX_DIRECTORIES}, entries=${MAX_ENTRIES}`,
  )
}

/** The entries of one folder, at most so many; one that cannot be read is an error of the result. */
async function list(
  path: string,
  limit: number,
  result: WalkResult,
): Promise<{ readonly entries: readonly Dirent[]; readonly isCut: boolean }> {
  const entries: Dirent[] = []
  try {
    for await (const entry of await opendir(path)) {
      entries.push(entry)
      if (entries.length > MAX_ENTRIES) break
    }
  } catch (error) {
    result.errors.push({ path: pathToUri(path), message: String((error as NodeJS.ErrnoException).code) })
  }
  entries.sort((one, other) => (one.name < other.name ? -1 : 1))
  return { entries: entries.slice(0, limit), isCut: entries.length > limit }
}

async function kindOf(
  entry: Dirent,
  path: string,
  follow: boolean,
  confinement: Confinement,
): Promise<'file' | 'directory' | undefined> {
  if (entry.isDirectory()) return 'directory'
  if (entry.isFile()) return 'file'
  if (!follow || !entry.isSymbolicLink()) return undefined
  return (await targetOf(path, confinement))?.isDirectory() === true ? 'directory' : undefined
}
