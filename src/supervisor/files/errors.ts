import { ConduitError, type ConduitErrorOptions } from '../../util/errors.js'

/** Another process, or another part of this one, has the folder open. */
export class FolderLockedError extends ConduitError {
  readonly code = 'FOLDER_LOCKED'
  /** The file of the lock. */
  readonly file: string
  /** Number of the process that holds it; absent when the file does not tell. */
  readonly pid: number | undefined
  /** Name of the machine on which that process runs; absent when the file does not tell. */
  readonly host: string | undefined

  constructor(file: string, problem: string, owner: { readonly pid?: number; readonly host?: string } = {}) {
    super(problem)
    this.file = file
    this.pid = owner.pid
    this.host = owner.host
  }
}

/**
 * A file holds something that its writer cannot have left there, whatever stopped it. Nothing was changed.
 * The contents are never part of the message.
 */
export class DamagedFileError extends ConduitError {
  readonly code = 'FILE_DAMAGED'
  readonly file: string
  /** Where the first part stands that cannot be read, in bytes from the beginning. */
  readonly offset: number

  constructor(file: string, offset: number, problem: string) {
    super(`\`${file}\` is damaged at byte ${offset}: ${problem}. Nothing was changed`)
    this.file = file
    this.offset = offset
  }
}

/** A file was written by a newer version. Nothing was changed. */
export class NewerFileError extends ConduitError {
  readonly code = 'FILE_NEWER'
  readonly file: string
  /** The version that the file has. */
  readonly found: number
  /** The newest version that can be read. */
  readonly supported: number

  constructor(file: string, what: string, found: number, supported: number) {
    super(
      `\`${file}\` has version ${found} of the ${what}, and this program knows versions up to ${supported}. Nothing was changed`,
    )
    this.file = file
    this.found = found
    this.supported = supported
  }
}

/** Something could not be read from the disk or written to it. `cause` is the system's error. */
export class PersistenceError extends ConduitError {
  readonly code = 'PERSISTENCE_FAILED'
  readonly file: string
  /** The system's name for the failure, for example `ENOSPC`; absent when there was none. */
  readonly errno: string | undefined
  /** `false` when nothing of it was kept; `undefined` when it may or may not be there after the next start. */
  readonly isWritten: false | undefined

  constructor(
    problem: string,
    file: string,
    options: ConduitErrorOptions & { readonly isWritten?: false } = {},
  ) {
    const errno = errnoOf(options.cause)
    super(`${problem} \`${file}\`${errno === undefined ? '' : ` (${errno})`}`, options)
    this.file = file
    this.errno = errno
    this.isWritten = options.isWritten
  }
}

/** A store or log was used before it was opened, or after it was closed. Nothing was done. */
export class NotOpenError extends ConduitError {
  readonly code = 'NOT_OPEN'

  constructor(what: string, problem: 'is not open' | 'is closed' | 'was opened already') {
    super(`The ${what} ${problem}`)
  }
}

/** The system's code of an error, for example `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}
