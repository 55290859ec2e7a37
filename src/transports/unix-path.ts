import { isAbsolute } from 'node:path'
import { InvalidInputError } from '../util/errors.js'

/** Longest path of a unix socket in bytes: the system's address has room for no more. */
const MAX_UNIX_PATH_BYTES = process.platform === 'linux' ? 107 : 103

/** Checks the path of a unix socket. Throws `InvalidInputError` naming the option that held it. */
export function checkUnixPath(option: string, path: string): string {
  if (!isAbsolute(path)) throw new InvalidInputError(option, path, 'an absolute path after `unix://`')
  if (path.includes('\0')) throw new InvalidInputError(option, path, 'a path without NUL bytes')
  if (Buffer.byteLength(path) > MAX_UNIX_PATH_BYTES) {
    const expected = `a socket path of at most ${MAX_UNIX_PATH_BYTES} bytes, the system's limit`
    throw new InvalidInputError(option, path, expected)
  }
  return path
}
