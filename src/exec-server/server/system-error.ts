import { constants } from 'node:os'
import { getSystemErrorMap } from 'node:util'
import { RpcError } from '../../rpc/errors.js'
import { notFound } from '../protocol/index.js'

/** Where the C library's words differ from those that Node's map has. */
const C_LIBRARY_TEXTS: Readonly<Record<string, string>> = {
  EEXIST: 'File exists',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
  ETXTBSY: 'Text file busy',
  EXDEV: 'Invalid cross-device link',
  ENOEXEC: 'Exec format error',
}

/** What the system says about an error number, for example `No such file or directory (os error 2)`. */
export function systemErrorText(errno: string): string {
  const number = (constants.errno as Readonly<Record<string, number>>)[errno]
  if (number === undefined) return errno
  const known = [...getSystemErrorMap().values()].find(([name]) => name === errno)?.[1] ?? errno
  const text = C_LIBRARY_TEXTS[errno] ?? known[0]?.toUpperCase() + known.slice(1)
  return `${text} (os error ${number})`
}

/** The answer to a file operation that the system refused; errors of the protocol pass as they are. */
export function fileError(error: unknown): unknown {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  if (error instanceof RpcError || typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return error
  const text = systemErrorText(code)
  return code === 'ENOENT' ? notFound(text) : RpcError.internal(text)
}
