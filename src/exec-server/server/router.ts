import { RpcError } from '../../rpc/errors.js'
import { EXEC_METHODS, type ExecMethod, parseParams, V0_PROTOCOL_VERSION } from '../protocol/index.js'
import { ByteBudget } from './byte-budget.js'
import { type ClientLink, Connection } from './connection-state.js'
import { describeThisMachine } from './environment-handlers.js'
import type { HandledMethod, Handler, Handlers } from './handlers.js'
import { HandshakeGate, type NotificationVerdict } from './handshake-gate.js'
import { RequestLane } from './request-lane.js'
import type { Session } from './session.js'
import type { SessionRegistry } from './session-registry.js'
import type { ServerSettings } from './settings.js'
import { weightOf } from './weight.js'

/** Requests that may take long by nature: those behind them go on. */
const LONG: ReadonlySet<string> = new Set<ExecMethod>(['process/read', 'process/write', 'http/request'])

/**
 * The stateless half of a connection: checks the handshake and the parameters of each request, and hands it to
 * the handlers in its turn.
 */
export class Router {
  readonly #settings: ServerSettings
  readonly #sessions: Pick<SessionRegistry, 'create' | 'resume' | 'leave'>
  readonly #handlers: Handlers
  readonly #link: ClientLink
  readonly #gate = new HandshakeGate()
  readonly #lane = new RequestLane()
  #connection: Connection | undefined
  #isResumable = false
  #pending = 0
  readonly #pendingBytes: ByteBudget
  #isEnded = false

  constructor(
    settings: ServerSettings,
    sessions: Pick<SessionRegistry, 'create' | 'resume' | 'leave'>,
    handlers: Handlers,
    link: ClientLink,
  ) {
    this.#settings = settings
    this.#sessions = sessions
    this.#handlers = handlers
    this.#link = link
    this.#pendingBytes = new ByteBudget(settings.maxPendingRequestBytes)
  }

  /** Answers a request. Rejects with an `RpcError` to be sent. */
  async request(method: string, params: unknown, signal: () => AbortSignal): Promise<unknown> {
    const bytes = this.#admit(method, params)
    try {
      const answer = () => this.#answer(method, params, signal)
      return await this.#lane.run(answer, !LONG.has(method), this.#link.drained)
    } finally {
      this.#leave(bytes)
    }
  }

  /**
   * Takes a notification in its turn; resolves with `close` when the connection must end. Rejects with an `RpcError`
   * when too much waits, which nobody can be told: then too.
   */
  async notification(method: string, params: unknown): Promise<NotificationVerdict> {
    const bytes = this.#admit(method, params)
    try {
      return await this.#lane.run(() => this.#judge(method), true)
    } finally {
      this.#leave(bytes)
    }
  }

  /** The connection has ended: its session is left, everything else released. */
  async end(): Promise<void> {
    this.#isEnded = true
    const connection = this.#connection
    if (!connection) return
    this.#sessions.leave(connection.session, this.#isResumable)
    await connection.end()
  }

  #judge(method: string): NotificationVerdict {
    const verdict = this.#gate.judge(method)
    const isReady = verdict === 'ready' && !this.#isEnded
    if (isReady) this.#connection?.session.attach(this.#link.notify)
    return verdict
  }

  /** Takes a message in, unless too much waits. Returns what it counts for, to be given back by `#leave`. */
  #admit(method: string, params: unknown): number {
    const { maxPendingRequests, maxPendingRequestBytes } = this.#settings
    if (this.#pending >= maxPendingRequests) throw tooMuchWaits(`${maxPendingRequests}`)
    const bytes = weightOf([method, params], maxPendingRequestBytes)
    if (!this.#pendingBytes.take(bytes)) throw tooMuchWaits(`${maxPendingRequestBytes} bytes`)
    this.#pending += 1
    return bytes
  }

  #leave(bytes: number): void {
    this.#pending -= 1
    this.#pendingBytes.give(bytes)
  }

  #answer(method: string, params: unknown, signal: () => AbortSignal): unknown {
    // What waited for its turn until the client had gone is not done any more.
    if (this.#isEnded) throw RpcError.invalidRequest('the connection has ended')
    if (method === 'initialize') return this.#initialize(params)
    if (!isHandled(method, this.#handlers)) throw methodNotFound(method)
    const checked = parseParams(EXEC_METHODS[method].params, params)
    this.#gate.check(method)
    const handle = this.#handlers[method] as Handler<HandledMethod>
    return handle(checked as never, this.#connection as Connection, signal)
  }

  #initialize(params: unknown): object {
    const { resumeSessionId } = parseParams(EXEC_METHODS.initialize.params, params)
    this.#gate.checkInitialize()
    const session = this.#sessionFor(resumeSessionId)
    // Clients of March 2026 do not know the field; all others send it, if only as null.
    const isV0 = resumeSessionId === undefined
    this.#isResumable = !isV0
    this.#connection = new Connection(session, isV0, this.#link, this.#settings.http?.maxBodyBytes)
    this.#gate.initialized()
    const environmentInfo = describeThisMachine(this.#settings)
    const known = { sessionId: session.id, environmentInfo }
    return isV0 ? { protocolVersion: V0_PROTOCOL_VERSION, ...known } : known
  }

  #sessionFor(resumeSessionId: string | null | undefined): Session {
    const isNew = resumeSessionId === null || resumeSessionId === undefined
    return isNew ? this.#sessions.create() : this.#sessions.resume(resumeSessionId)
  }
}

function tooMuchWaits(limit: string): RpcError {
  return RpcError.invalidRequest(`too many requests wait: the limit is ${limit}`)
}

function isHandled(method: string, handlers: Handlers): method is HandledMethod {
  return Object.hasOwn(handlers, method)
}

/** The words of the real one, by which clients know it. */
function methodNotFound(method: string): RpcError {
  return new RpcError(-32601, `exec-server stub does not implement \`${method}\` yet`)
}
