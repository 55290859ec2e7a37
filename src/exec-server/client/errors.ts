import type { CloseReason } from '../../rpc/transport.js'
import { ConduitError, type ConduitErrorOptions } from '../../util/errors.js'

/** What answers `initialize` is no exec-server that this client understands, or it refused. */
export class ExecHandshakeError extends ConduitError {
  readonly code = 'EXEC_HANDSHAKE_FAILED'
}

/** The server speaks a version of the protocol that does not have what was asked for. Nothing was sent. */
export class ExecUnsupportedError extends ConduitError {
  readonly code = 'EXEC_UNSUPPORTED'
  /** What the version lacks: a method, or an option of a start. */
  readonly feature: string

  constructor(feature: string) {
    super(`exec-servers of version v0 do not know ${feature}`)
    this.feature = feature
  }
}

/**
 * A process can be followed no longer: the connection ended and could not be resumed, or output was lost that the
 * server no longer has. Whether the process still runs is unknown; `cause` says what happened.
 */
export class ProcessLostError extends ConduitError {
  readonly code = 'EXEC_PROCESS_LOST'
  readonly processId: string
  /** How the connection ended, when that is why. */
  readonly reason: CloseReason | undefined

  constructor(
    processId: string,
    why: string,
    options?: ConduitErrorOptions & { readonly reason?: CloseReason },
  ) {
    super(`the process can be followed no longer: ${why}`, options)
    this.processId = processId
    this.reason = options?.reason
  }
}

/** A reader was too slow: bytes at this place were dropped, by the limit of `maxBufferedBytes`. */
export class OutputTruncatedError extends ConduitError {
  readonly code = 'EXEC_OUTPUT_TRUNCATED'
  readonly droppedBytes: number

  constructor(name: string, droppedBytes: number) {
    super(`${droppedBytes} bytes of ${name} were dropped, since they were not read in time`)
    this.droppedBytes = droppedBytes
  }
}

/** Why input was refused: the process has gone, or takes no input. */
export type InputRefusal = 'unknownProcess' | 'stdinClosed' | 'starting'

/** A process did not take what was written to it. */
export class ProcessInputError extends ConduitError {
  readonly code = 'EXEC_INPUT_REFUSED'
  readonly status: InputRefusal

  constructor(status: InputRefusal, options?: ConduitErrorOptions) {
    super(REFUSALS[status], options)
    this.status = status
  }
}

const REFUSALS: Readonly<Record<InputRefusal, string>> = {
  unknownProcess: 'the process takes no input: the server does not know it any more',
  stdinClosed: 'the process takes no input: start it with `pipeStdin` or `tty`',
  starting: 'the process takes no input yet: it is being started',
}

/** The server answered with something that the protocol does not allow. */
export class ExecAnswerError extends ConduitError {
  readonly code = 'RESPONSE_INVALID'
  readonly method: string

  constructor(method: string, what: string) {
    super(`${method}: the exec-server answered with something unusable: ${what}`)
    this.method = method
  }
}
