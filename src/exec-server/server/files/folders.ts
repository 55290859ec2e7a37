import type { Stats } from 'node:fs'
import { lstat, mkdir, readdir, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { RpcError } from '../../../rpc/errors.js'
import type { ExecResult } from '../../protocol/index.js'
import { systemErrorText } from '../system-error.js'
import type { Confinement } from './confine.js'

/** Makes a folder; `recursive` makes its parents too and is content when it is there. */
export async function createDirectory(path: string, recursive: boolean): Promise<void> {
  await mkdir(path, { recursive })
}

/** What is known of a file or folder; links are followed. */
export async function getMetadata(path: string): Promise<ExecResult<'fs/getMetadata'>> {
  const [facts, entry] = await Promise.all([stat(path), lstat(path)])
  return {
    isDirectory: facts.isDirectory(),
    isFile: facts.isFile(),
    isSymlink: entry.isSymbolicLink(),
    size: facts.size,
    createdAtMs: Math.max(0, Math.floor(facts.birthtimeMs)),
    modifiedAtMs: Math.max(0, Math.floor(facts.mtimeMs)),
  }
}

/**
 * The entries of a folder; links are followed, and those to nowhere left out. Those that lead outside of the roots
 * are to nowhere: what is there, and whether anything is, is not told.
 */
export async function readDirectory(
  path: string,
  confinement: Confinement,
): Promise<ExecResult<'fs/readDirectory'>> {
  const entries: ExecResult<'fs/readDirectory'>['entries'] = []
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const facts = entry.isSymbolicLink() ? await targetOf(join(path, entry.name), confinement) : entry
    if (facts) {
      entries.push({ fileName: entry.name, isDirectory: facts.isDirectory(), isFile: facts.isFile() })
    }
  }
  return { entries }
}

/** What a link leads to; nothing when that is nowhere, or outside. */
export async function targetOf(link: string, confinement: Confinement): Promise<Stats | undefined> {
  try {
    return (await confinement.contains(link)) ? await stat(link) : undefined
  } catch {
    return undefined
  }
}

/** Removes a file, a link, or a folder; with `force` it need not be there. */
export async function remove(path: string, recursive: boolean, force: boolean): Promise<void> {
  const entry = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (force && error.code === 'ENOENT') return undefined
    throw error
  })
  if (!entry) return
  if (!entry.isDirectory()) await unlink(path)
  else if (!recursive) await removeEmpty(path)
  else await rm(path, { recursive: true, force })
}

async function removeEmpty(path: string): Promise<void> {
  try {
    await rmdir(path)
  } catch (error) {
    // Some systems say EEXIST for it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw RpcError.internal(systemErrorText('ENOTEMPTY'))
  }
}
