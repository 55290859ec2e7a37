import { randomUUID } from 'node:crypto'
import { RpcError } from '../../rpc/errors.js'
import { sessionAttached } from '../protocol/index.js'
import { OutputPool } from './processes/output-pool.js'
import { Session, type SessionLimits } from './session.js'

/** Limits of a {@link SessionRegistry}. */
export interface RegistryLimits extends Omit<SessionLimits, 'pool'> {
  /** Bytes of output that are kept of all processes together. */
  readonly maxRetainedBytes: number
  /** How long a session without a connection can be resumed, in milliseconds. */
  readonly detachedSessionMs: number
  /** Most sessions without a connection; the oldest is ended for one more. */
  readonly maxDetachedSessions: number
}

/** The sessions of a server: each belongs to one connection, or waits for the next one. */
export class SessionRegistry {
  readonly #limits: RegistryLimits & SessionLimits
  readonly #attached = new Map<string, Session>()
  /** Sessions without a connection, oldest first, with the timers that end them. */
  readonly #detached = new Map<string, { readonly session: Session; readonly timer: NodeJS.Timeout }>()
  readonly #ending = new Set<Promise<void>>()
  #isEnded = false

  constructor(limits: RegistryLimits) {
    this.#limits = { ...limits, pool: new OutputPool(limits.maxRetainedBytes) }
  }

  /** How many sessions there are, with and without a connection. */
  get size(): number {
    return this.#attached.size + this.#detached.size
  }

  /** Begins a session for a connection. */
  create(): Session {
    this.#checkOpen()
    const session = new Session(randomUUID(), this.#limits)
    this.#attached.set(session.id, session)
    return session
  }

  /** Hands a session that has no connection to a new one. Throws an `RpcError` when that cannot be done. */
  resume(sessionId: string): Session {
    this.#checkOpen()
    if (this.#attached.has(sessionId)) throw sessionAttached(sessionId)
    const waiting = this.#detached.get(sessionId)
    if (!waiting) throw RpcError.invalidRequest(`unknown session id ${sessionId}`)
    clearTimeout(waiting.timer)
    this.#detached.delete(sessionId)
    this.#attached.set(sessionId, waiting.session)
    return waiting.session
  }

  /** The connection of a session has ended: it waits for the next one, or ends when it cannot be resumed. */
  leave(session: Session, isResumable: boolean): void {
    if (this.#attached.get(session.id) !== session) return
    session.detach()
    this.#attached.delete(session.id)
    if (!isResumable || this.#isEnded) {
      this.#end(session)
      return
    }
    const timer = setTimeout(() => this.#expire(session.id), this.#limits.detachedSessionMs).unref()
    this.#detached.set(session.id, { session, timer })
    if (this.#detached.size > this.#limits.maxDetachedSessions) {
      for (const oldest of this.#detached.keys()) {
        this.#expire(oldest)
        break
      }
    }
  }

  /** Ends all sessions, those that connections still hold too. Resolves when their processes have closed. */
  async end(): Promise<void> {
    this.#isEnded = true
    for (const sessionId of [...this.#detached.keys()]) this.#expire(sessionId)
    for (const session of this.#attached.values()) {
      session.detach()
      this.#end(session)
    }
    this.#attached.clear()
    await Promise.all(this.#ending)
  }

  /** Kills all processes of all sessions before it returns. */
  killNow(): void {
    for (const session of this.#attached.values()) session.processes.killNow()
    for (const { session } of this.#detached.values()) session.processes.killNow()
  }

  #checkOpen(): void {
    if (this.#isEnded) throw RpcError.invalidRequest('the server is closing')
  }

  #expire(sessionId: string): void {
    const waiting = this.#detached.get(sessionId)
    if (!waiting) return
    clearTimeout(waiting.timer)
    this.#detached.delete(sessionId)
    this.#end(waiting.session)
  }

  #end(session: Session): void {
    const ended = session.processes.end()
    this.#ending.add(ended)
    void ended.then(() => this.#ending.delete(ended))
  }
}
