import { ConduitError, type ConduitErrorOptions } from '../util/errors.js'

/** What a failed spawn stumbled over. */
export type SpawnErrorSubject = 'command' | 'cwd' | 'system'

/** A child process could not be started. Nothing was run. */
export class SpawnError extends ConduitError {
  readonly code = 'SPAWN_FAILED'
  /** The system's name for the failure: `ENOENT`, `EACCES`, `ENOEXEC`, `ENOTDIR`, `E2BIG`, `EMFILE`, … */
  readonly errno: string
  /** The program that was to be run. */
  readonly command: string
  /** What is at fault: the program, the working folder, or the system (its limits and memory). */
  readonly subject: SpawnErrorSubject

  constructor(
    fields: { readonly errno: string; readonly command: string; readonly subject: SpawnErrorSubject },
    message: string,
    options?: ConduitErrorOptions,
  ) {
    super(message, options)
    this.errno = fields.errno
    this.command = fields.command
    this.subject = fields.subject
  }
}
