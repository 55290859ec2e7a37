import { ConduitError } from '../../util/errors.js'

/**
 * Why a Codex home could not be prepared.
 *
 * - `CODEX_HOME_UNREADABLE`: the source folder or a file in it cannot be read.
 * - `CODEX_HOME_UNSAFE`: a link leads out of the source, leads nowhere, or stands in place of the target; or the
 *   target was replaced while it was filled.
 * - `CODEX_HOME_OCCUPIED`: the target exists and holds something that this library did not put there.
 * - `CODEX_HOME_UNWRITABLE`: the target cannot be created, written or removed.
 */
export type CodexHomeErrorCode =
  | 'CODEX_HOME_UNREADABLE'
  | 'CODEX_HOME_UNSAFE'
  | 'CODEX_HOME_OCCUPIED'
  | 'CODEX_HOME_UNWRITABLE'

/** What a {@link CodexHomeError} knows besides its code. */
export interface CodexHomeErrorDetails {
  /** Name of the file or folder at fault, without the folders above it. */
  readonly file?: string | undefined
  /** The system's error, of which only the code is kept: its message holds whole paths. */
  readonly error?: unknown
}

/**
 * A Codex home could not be prepared or removed. Neither the message nor any field holds a file's contents
 * or a whole path.
 */
export class CodexHomeError extends ConduitError {
  readonly code: CodexHomeErrorCode
  /** Name of the file or folder at fault, without the folders above it. */
  readonly file?: string
  /** The system's name for the failure, for example `EACCES`, where the system refused something. */
  readonly errno?: string

  constructor(code: CodexHomeErrorCode, problem: string, details: CodexHomeErrorDetails = {}) {
    const errno = errnoOf(details.error)
    super(errno === undefined ? problem : `${problem} (${errno})`)
    this.code = code
    if (details.file !== undefined) this.file = details.file
    if (errno !== undefined) this.errno = errno
  }
}

/** The system's code of an error, for example `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** Whether the system says that there is nothing at a path. */
export function isAbsence(error: unknown): boolean {
  const errno = errnoOf(error)
  return errno === 'ENOENT' || errno === 'ENOTDIR'
}
