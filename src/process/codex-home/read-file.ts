import { type BigIntStats, constants } from 'node:fs'
// The default import, so that a test can stand in for single calls.
import fs, { type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { CodexHomeError, errnoOf, isAbsence } from './home-error.js'
import { isWithin } from './paths.js'

/** Largest file that is read from a Codex home, in bytes: 1 MiB. */
export const MAX_HOME_FILE_BYTES = 1024 * 1024

const ATTEMPTS = 5
// Not following links guards the last name; not blocking guards against a pipe that nobody writes to.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** One file of a Codex home, as it was at one moment. */
export interface HomeFile {
  readonly contents: Buffer
  /** Permission bits. */
  readonly mode: number
  readonly isSymlink: boolean
  /** Whether the file lies outside the folder, which only a link can make it do. */
  readonly leavesFolder: boolean
}

/**
 * Reads a file of a folder through one descriptor, or returns `undefined` when there is no such file. What
 * was opened is compared with what was checked, and read again when either changed meanwhile.
 *
 * `folder` has no links left in it. With `confined`, a link that leaves the folder is refused.
 *
 * Throws {@link CodexHomeError}.
 */
export async function readHomeFile(
  folder: string,
  name: string,
  confined: boolean,
): Promise<HomeFile | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const outcome = await attemptRead(folder, name, confined)
    if (outcome !== 'changed') return outcome
  }
  throw unreadable(name, 'keeps changing while it is read')
}

async function attemptRead(
  folder: string,
  name: string,
  confined: boolean,
): Promise<HomeFile | undefined | 'changed'> {
  const entry = path.join(folder, name)
  const link = await fs.lstat(entry).catch((error: unknown) => {
    if (isAbsence(error)) return undefined
    throw unreadable(name, 'cannot be looked at', error)
  })
  if (link === undefined) return undefined
  const isSymlink = link.isSymbolicLink()

  const real = await fs.realpath(entry).catch((error: unknown) => {
    if (isSymlink && (isAbsence(error) || errnoOf(error) === 'ELOOP')) {
      throw new CodexHomeError('CODEX_HOME_UNSAFE', `\`${name}\` is a link that leads nowhere`, {
        file: name,
      })
    }
    if (isAbsence(error)) return undefined
    throw unreadable(name, 'cannot be resolved', error)
  })
  if (real === undefined) return 'changed'
  const leavesFolder = !isWithin(folder, real)
  if (confined && leavesFolder) {
    throw new CodexHomeError('CODEX_HOME_UNSAFE', `\`${name}\` is a link that leaves the source folder`, {
      file: name,
    })
  }

  const handle = await openRegular(real, name)
  if (handle === undefined) return 'changed'
  try {
    const before = await handle.stat({ bigint: true })
    if (!before.isFile()) return 'changed'
    const contents = await readBounded(handle, name)
    const after = await handle.stat({ bigint: true })
    if (!isSameContents(before, after) || !(await isStillAt(real, after))) return 'changed'
    return { contents, mode: Number(after.mode & 0o7777n), isSymlink, leavesFolder }
  } catch (error) {
    if (error instanceof CodexHomeError) throw error
    throw unreadable(name, 'cannot be read', error)
  } finally {
    await handle.close()
  }
}

/** Opens a regular file, or returns `undefined` when it is no longer what it was. */
async function openRegular(real: string, name: string): Promise<FileHandle | undefined> {
  try {
    // Opening a device can have effects, so the kind is looked at before as well as after.
    if (!(await fs.lstat(real)).isFile()) throw unreadable(name, 'is not a regular file')
    return await fs.open(real, READ_FLAGS)
  } catch (error) {
    if (error instanceof CodexHomeError) throw error
    if (isAbsence(error) || errnoOf(error) === 'ELOOP') return undefined
    throw unreadable(name, 'cannot be opened', error)
  }
}

async function readBounded(handle: FileHandle, name: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let total = 0
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, total)
    if (bytesRead === 0) return Buffer.concat(chunks, total)
    total += bytesRead
    if (total > MAX_HOME_FILE_BYTES) throw unreadable(name, `is larger than ${MAX_HOME_FILE_BYTES} bytes`)
    chunks.push(buffer.subarray(0, bytesRead))
  }
}

function isSameContents(before: BigIntStats, after: BigIntStats): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs && before.ino === after.ino
}

/** Whether the checked path, without a link in it, still names the file that was opened. */
async function isStillAt(real: string, opened: BigIntStats): Promise<boolean> {
  try {
    const now = await fs.lstat(real, { bigint: true })
    return now.ino === opened.ino && now.dev === opened.dev && (await fs.realpath(real)) === real
  } catch (error) {
    if (isAbsence(error) || errnoOf(error) === 'ELOOP') return false
    throw error
  }
}

function unreadable(name: string, problem: string, error?: unknown): CodexHomeError {
  return new CodexHomeError('CODEX_HOME_UNREADABLE', `\`${name}\` ${problem}`, { file: name, error })
}
