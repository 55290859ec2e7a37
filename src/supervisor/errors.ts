import type { Failure } from '../failures/index.js'
import { ConduitError, type ConduitErrorOptions } from '../util/errors.js'

/** There is no session of this id. Nothing was done. */
export class SessionNotFoundError extends ConduitError {
  readonly code = 'SESSION_NOT_FOUND'
  readonly sessionId: string

  constructor(sessionId: string) {
    super(`There is no session ${JSON.stringify(sessionId)}`)
    this.sessionId = sessionId
  }
}

/** A session of this id was made before. Nothing was done. */
export class SessionExistsError extends ConduitError {
  readonly code = 'SESSION_EXISTS'
  readonly sessionId: string

  constructor(sessionId: string) {
    super(`There is a session ${JSON.stringify(sessionId)} already`)
    this.sessionId = sessionId
  }
}

/** The session was closed. Nothing was sent. */
export class SessionClosedError extends ConduitError {
  readonly code = 'SESSION_CLOSED'
  readonly sessionId: string
  readonly requestWritten = false

  constructor(sessionId: string) {
    super(`The session ${JSON.stringify(sessionId)} is closed`)
    this.sessionId = sessionId
  }
}

/** The session was registered without a thread, so that there is nothing to take a turn. Nothing was sent. */
export class SessionWithoutThreadError extends ConduitError {
  readonly code = 'SESSION_WITHOUT_THREAD'
  readonly sessionId: string
  readonly requestWritten = false

  constructor(sessionId: string) {
    super(`The session ${JSON.stringify(sessionId)} has no thread`)
    this.sessionId = sessionId
  }
}

/** A turn of the session runs: await it, steer it by its `expectedTurnId`, or interrupt it. Nothing was sent. */
export class SessionBusyError extends ConduitError {
  readonly code = 'SESSION_BUSY'
  readonly sessionId: string
  readonly requestWritten = false

  constructor(sessionId: string) {
    super(`A turn of the session ${JSON.stringify(sessionId)} has not ended`)
    this.sessionId = sessionId
  }
}

/** Codex cannot resume the thread of the session. Nothing was sent to it. */
export class SessionLostError extends ConduitError {
  readonly code = 'SESSION_LOST'
  readonly sessionId: string
  readonly requestWritten = false
  /** Why. */
  readonly reason: Failure

  constructor(sessionId: string, reason: Failure) {
    super(`The thread of the session ${JSON.stringify(sessionId)} cannot be resumed: ${reason.message}`)
    this.sessionId = sessionId
    this.reason = reason
  }
}

/** The turn that was to be steered is not the one that runs. Nothing was sent. */
export class TurnMismatchError extends ConduitError {
  readonly code = 'TURN_MISMATCH'
  readonly expectedTurnId: string
  /** The one that runs; absent when none does. */
  readonly currentTurnId: string | undefined
  readonly requestWritten = false

  constructor(expectedTurnId: string, currentTurnId: string | undefined) {
    const running = currentTurnId === undefined ? 'none runs' : `${currentTurnId} runs`
    super(`The turn ${expectedTurnId} cannot be steered: ${running}`)
    this.expectedTurnId = expectedTurnId
    this.currentTurnId = currentTurnId
  }
}

/** There is no run of this id, or it is forgotten. */
export class RunNotFoundError extends ConduitError {
  readonly code = 'RUN_NOT_FOUND'
  readonly runId: string

  constructor(runId: string) {
    super(`There is no run ${JSON.stringify(runId)}`)
    this.runId = runId
  }
}

/** As many runs wait as may. Nothing was queued. */
export class RunQueueFullError extends ConduitError {
  readonly code = 'RUN_QUEUE_FULL'
  readonly limit: number
  readonly requestWritten = false

  constructor(limit: number) {
    super(`${limit} runs wait already`)
    this.limit = limit
  }
}

/** There is no server, and none is being started. Nothing was sent. */
export class ServerNotReadyError extends ConduitError {
  readonly code = 'SERVER_NOT_READY'
  readonly requestWritten = false

  constructor(problem: string, options?: ConduitErrorOptions) {
    super(`There is no Codex server: ${problem}`, options)
  }
}

/** The supervisor was closed, or is being closed. Nothing was done. */
export class SupervisorClosedError extends ConduitError {
  readonly code = 'SUPERVISOR_CLOSED'
  readonly requestWritten = false

  constructor() {
    super('The supervisor is closed')
  }
}

/** Nothing of this id waits for a decision: it was decided, has expired, or its turn has ended. */
export class ApprovalNotFoundError extends ConduitError {
  readonly code = 'APPROVAL_NOT_FOUND'
  readonly approvalId: string

  constructor(approvalId: string) {
    super(`No approval ${JSON.stringify(approvalId)} waits for a decision`)
    this.approvalId = approvalId
  }
}

/** A Codex server of a host that has ended cannot be ended, and may still use the Codex home. */
export class OrphanSurvivedError extends ConduitError {
  readonly code = 'ORPHAN_SURVIVED'
  readonly pid: number

  constructor(pid: number) {
    super(`The Codex server ${pid} of a program that has ended cannot be ended`)
    this.pid = pid
  }
}
