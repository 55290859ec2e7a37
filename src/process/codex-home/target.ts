// The default import, so that a test can stand in for single calls.
import fs from 'node:fs/promises'
import path from 'node:path'
import { ConduitError } from '../../util/errors.js'
import { FILE_MODE, FOLDER_MODE } from '../file-modes.js'
import { CodexHomeError, errnoOf, isAbsence } from './home-error.js'
import { type FolderIdentity, PinnedFolder } from './pinned-folder.js'
import { removeHome } from './remove.js'
import { sweepFiles, sweepFolders } from './stale.js'
import { replaceFile, temporaryName } from './write-file.js'

/** Name of the empty file by which a home that was made here is recognised. */
export const MARKER = '.codex-conduit-home'

/** Files by their names. */
export type HomeContents = ReadonlyMap<string, Uint8Array>

/** A folder that was filled. */
export interface FilledTarget {
  /** Whether the folder was made by this call. */
  readonly created: boolean
  /** Tells the folder from another one that takes its place later. */
  readonly identity: FolderIdentity
}

/**
 * Fills a folder. One that does not exist appears complete, in one step; one that is empty, or that was made
 * here before, gets each file replaced in one step. `check` is called before each step and may throw. What
 * calls that were killed left behind unfinished is removed.
 *
 * The folder is told from any other that takes its place, or a link, before each file and after the last.
 *
 * Throws {@link CodexHomeError}.
 */
export async function fillTarget(
  target: string,
  contents: HomeContents,
  check: () => void,
): Promise<FilledTarget> {
  const name = path.basename(target)
  try {
    await sweepFolders(target, MARKER)
    if (!(await exists(target))) {
      const identity = await createFilled(target, contents, check)
      if (identity !== undefined) return { created: true, identity }
    }
    return { created: false, identity: await refill(target, contents, check) }
  } catch (error) {
    if (error instanceof ConduitError || errnoOf(error) === undefined) throw error
    throw new CodexHomeError('CODEX_HOME_UNWRITABLE', `The Codex home \`${name}\` cannot be written`, {
      file: name,
      error,
    })
  }
}

/** Whether there is anything at a path, a link that leads nowhere included. */
async function exists(target: string): Promise<boolean> {
  try {
    await fs.lstat(target)
    return true
  } catch (error) {
    if (isAbsence(error)) return false
    throw error
  }
}

/** Fills a folder beside the target and moves it there. `undefined` when something else came first. */
async function createFilled(
  target: string,
  contents: HomeContents,
  check: () => void,
): Promise<FolderIdentity | undefined> {
  const parent = path.dirname(target)
  await fs.mkdir(parent, { recursive: true, mode: FOLDER_MODE })
  const staging = path.join(parent, temporaryName(path.basename(target)))
  await fs.mkdir(staging, { mode: FOLDER_MODE })
  let folder: PinnedFolder | undefined
  try {
    folder = await PinnedFolder.open(staging)
    await fill(folder, contents, check)
    check()
    await fs.rename(staging, target)
    await folder.check(target)
    return folder.identity
  } catch (error) {
    // What could not be opened was not filled either.
    await (folder ? removeHome(staging, folder.identity) : fs.rmdir(staging)).catch(() => undefined)
    if (isTaken(error) && (await exists(target))) return undefined
    throw error
  } finally {
    await folder?.close()
  }
}

async function refill(target: string, contents: HomeContents, check: () => void): Promise<FolderIdentity> {
  const folder = await PinnedFolder.open(target)
  try {
    const names = await fs.readdir(folder.place)
    if (names.length > 0 && !names.includes(MARKER)) {
      const file = path.basename(target)
      throw new CodexHomeError(
        'CODEX_HOME_OCCUPIED',
        `The Codex home \`${file}\` exists, and holds files that were not put there by \`prepareCodexHome\``,
        { file },
      )
    }
    await fill(folder, contents, check)
    await sweepFiles(folder.place, contents.keys())
    return folder.identity
  } finally {
    await folder.close()
  }
}

async function fill(folder: PinnedFolder, contents: HomeContents, check: () => void): Promise<void> {
  check()
  await folder.restrict()
  // First of all, so that a call that comes at the same time finds the folder empty or marked.
  await mark(folder.place)
  for (const [name, bytes] of contents) {
    check()
    await folder.check()
    await replaceFile(folder.place, name, bytes)
  }
  await folder.check()
}

async function mark(folder: string): Promise<void> {
  try {
    await (await fs.open(path.join(folder, MARKER), 'wx', FILE_MODE)).close()
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}

/** Whether a folder could not be moved because something stands in its place. */
function isTaken(error: unknown): boolean {
  const errno = errnoOf(error)
  // Windows says EPERM or EACCES.
  return (
    errno !== undefined && ['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR', 'EPERM', 'EACCES'].includes(errno)
  )
}
