import type { ExitStatus } from '../../process/index.js'
import { ConduitError, type ConduitErrorOptions } from '../../util/errors.js'

/** The app-server ended before it could be connected to. */
export class AppServerExitedError extends ConduitError {
  /** The code that every error about a Codex that ended before it was ready has. */
  readonly code = 'CODEX_EXITED'
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  /** The last part of what it wrote to its error stream, redacted. */
  readonly stderrTail: string

  constructor({ code, signal }: ExitStatus, stderrTail: string) {
    const how = signal === null ? `exited with code ${code ?? 'unknown'}` : `was ended by ${signal}`
    super(`The app-server ${how} before it was ready${describeTail(stderrTail)}`)
    this.exitCode = code ?? undefined
    this.signal = signal ?? undefined
    this.stderrTail = stderrTail
  }
}

/** The app-server was not ready in time; it has been ended. `cause` is the deadline that passed. */
export class AppServerNotReadyError extends ConduitError {
  readonly code = 'APP_SERVER_NOT_READY'
  /** The last part of what it wrote to its error stream, redacted. */
  readonly stderrTail: string

  constructor(message: string, stderrTail: string, options?: ConduitErrorOptions) {
    super(`${message}${describeTail(stderrTail)}`, options)
    this.stderrTail = stderrTail
  }
}

/** Something else uses the path of the socket: nothing was started. */
export class SocketInUseError extends ConduitError {
  readonly code = 'SOCKET_IN_USE'
  /** The system's name for it, as for any address. */
  readonly errno = 'EADDRINUSE'
  readonly path: string

  constructor(path: string, why: string) {
    super(`${path} cannot be listened on: ${why}`, {
      cause: Object.assign(new Error('address already in use'), { code: 'EADDRINUSE' }),
    })
    this.path = path
  }
}

function describeTail(tail: string): string {
  return tail.trim() === '' ? '' : `:\n${tail.trim()}`
}
