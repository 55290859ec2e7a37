import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import path from 'node:path'
import { SpawnError } from './spawn-error.js'

const HEADER_BYTES = 512
const SYSTEM_LIMITS = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM', 'E2BIG'])

/** Finds what would make a spawn fail, or run something else than was asked for. */
export function checkBeforeSpawn(command: string, cwd: string | undefined): SpawnError | undefined {
  return checkFolder(command, cwd) ?? checkFormat(command, cwd)
}

/** Turns the error of a failed spawn into one that says whether the program or the folder is at fault. */
export function explainSpawnFailure(command: string, cwd: string | undefined, cause: unknown): SpawnError {
  const errno = errnoOf(cause)
  // The system says ENOENT for either, and the folder may have gone since it was checked.
  const folder = checkFolder(command, cwd)
  if (folder !== undefined) return folder
  const subject = SYSTEM_LIMITS.has(errno) ? 'system' : 'command'
  const reason = explainCommand(command, cwd, errno)
  return new SpawnError({ errno, command, subject }, `Cannot start \`${command}\`: ${reason}`, { cause })
}

function checkFolder(command: string, cwd: string | undefined): SpawnError | undefined {
  if (cwd === undefined) return undefined
  const fail = (errno: string, reason: string, cause?: unknown) =>
    new SpawnError(
      { errno, command, subject: 'cwd' },
      `Cannot start \`${command}\` in \`${cwd}\`: ${reason}`,
      {
        cause,
      },
    )
  try {
    if (statSync(cwd).isDirectory()) return undefined
  } catch (cause) {
    const errno = errnoOf(cause)
    return fail(errno, errno === 'ENOENT' ? 'the folder does not exist' : `${errno} on the folder`, cause)
  }
  return fail('ENOTDIR', 'it is not a folder')
}

/**
 * Where exec refuses a file with ENOEXEC, the C library runs it with `/bin/sh` instead. This library never
 * starts a shell that nobody named, so a text file without an interpreter line is refused here.
 */
function checkFormat(command: string, cwd: string | undefined): SpawnError | undefined {
  if (process.platform === 'win32' || !command.includes('/')) return undefined
  const file = path.resolve(cwd ?? '.', command)
  if (!isFile(file)) return undefined
  const header = readHeader(file)
  if (header === undefined || header.includes(0) || header.toString('latin1', 0, 2) === '#!') return undefined
  // Four bytes are enough for the magic number of a binary that happens to have no zero in its header.
  if (header.length >= 4 && header.subarray(0, 4).some((byte) => byte > 0x7f)) return undefined
  return new SpawnError(
    { errno: 'ENOEXEC', command, subject: 'command' },
    `Cannot start \`${command}\`: the file is neither a program nor a script with an interpreter line`,
  )
}

function explainCommand(command: string, cwd: string | undefined, errno: string): string {
  const stats = command.includes(path.sep) ? statOf(path.resolve(cwd ?? '.', command)) : undefined
  switch (errno) {
    case 'ENOENT':
      return stats === undefined
        ? 'the program does not exist'
        : 'the file exists, but its interpreter or loader does not'
    case 'EACCES':
      return stats?.isDirectory() ? 'it is a folder' : 'the file is not executable'
    case 'ENOTDIR':
      return 'a part of its path is not a folder'
    case 'EINVAL':
      return 'the system refuses it (a .cmd or .bat file needs a shell, which is never used here)'
    case 'E2BIG':
      return 'its arguments and environment are too long'
    default:
      return errno
  }
}

function readHeader(file: string): Buffer | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    const buffer = Buffer.alloc(HEADER_BYTES)
    return buffer.subarray(0, readSync(descriptor, buffer, 0, HEADER_BYTES, 0))
  } catch {
    // A program may be executable without being readable.
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function isFile(file: string): boolean {
  const stats = statOf(file)
  // Without the executable bit the system's own EACCES says more.
  return stats?.isFile() === true && (stats.mode & 0o111) !== 0
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file)
  } catch {
    return undefined
  }
}

function errnoOf(cause: unknown): string {
  const code = (cause as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : 'UNKNOWN'
}
