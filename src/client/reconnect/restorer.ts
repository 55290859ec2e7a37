import type { ServerNotification } from '../../protocol/index.js'
import type { CloseReason } from '../../rpc/transport.js'
import type { Connection } from '../connection.js'
import type { Dialect } from '../dialects/index.js'
import { ThreadLostError } from '../errors.js'
import type { StandingRequests } from '../standing-requests.js'
import type { TurnRouter } from '../turn-router.js'
import { type ResumedThreads, resumeThreads } from './resume-threads.js'
import { Subscriptions } from './subscriptions.js'

/** How a lost connection came back. */
export interface ConnectionRestored extends ResumedThreads {
  /** Why it was lost. */
  readonly reason: CloseReason
  /** How often it was tried, the time that succeeded included. */
  readonly attempts: number
  /** How long there was none, in milliseconds. */
  readonly downMs: number
}

/** Who has a part in the restoring of a connection. */
export interface RestorerOptions {
  readonly router: TurnRouter
  readonly standing: StandingRequests
  readonly dialect: Dialect
  /** Interrupts a turn that nobody follows any more. */
  readonly interruptStray: (threadId: string, turnId: string) => void
  /** Time that each thread has to be resumed, in milliseconds. */
  readonly timeoutMs: number
}

/** Brings a new connection to where the lost one was: threads subscribed to, turns and approvals as they stand. */
export class Restorer {
  readonly #options: RestorerOptions
  readonly #subscriptions = new Subscriptions()
  readonly #lost = new Set<string>()
  /** What the resumed threads are at, off the wire. */
  readonly #statuses = new Map<string, unknown>()
  #reason: CloseReason = { kind: 'error', message: 'the connection was lost' }
  #threads: ResumedThreads = { resumedThreads: [], lostThreads: [] }

  constructor(options: RestorerOptions) {
    this.#options = options
  }

  /** Whether a thread did not come back. */
  isLost(threadId: string): boolean {
    return this.#lost.has(threadId)
  }

  /** Throws a `ThreadLostError` for a turn in a thread that did not come back. */
  checkThread(method: string, params: unknown): void {
    if (method !== 'turn/start' || this.#lost.size === 0) return
    const { threadId } = (params ?? {}) as { readonly threadId?: unknown }
    if (typeof threadId === 'string' && this.#lost.has(threadId)) throw new ThreadLostError(threadId)
  }

  /** What a request is to be sent with. */
  amend(method: string, params: unknown): unknown {
    return this.#subscriptions.amend(method, params)
  }

  /** Takes a request that succeeded, and what it was answered. */
  answered(method: string, params: unknown, result: unknown): void {
    const threadId = this.#subscriptions.answered(method, params, result)
    if (threadId !== undefined) this.#lost.delete(threadId)
  }

  /** Takes each notification. */
  receive(message: ServerNotification): void {
    this.#subscriptions.receive(message)
  }

  /** The connection is gone. */
  connectionLost(reason: CloseReason): void {
    this.#reason = reason
    this.#options.router.connectionLost(reason)
  }

  /** Resumes the threads over a new connection. Rejects when that fails too. */
  async restore(connection: Connection): Promise<void> {
    const { dialect, standing, timeoutMs } = this.#options
    dialect.reset()
    this.#statuses.clear()
    const { threadIds } = this.#subscriptions
    this.#threads = await resumeThreads(connection, threadIds, {
      timeoutMs,
      paramsOf: (threadId) => this.#subscriptions.resumeParams(threadId),
      onResumed: (threadId, answer) => {
        this.#subscriptions.resumed(threadId, answer as unknown as Record<string, unknown>)
        this.#statuses.set(threadId, answer?.thread?.status)
        standing.threadStatus(threadId, answer?.thread?.status)
      },
    })
  }

  /** The new connection is in place: turns go on, or settle. */
  connectionRestored(how: { readonly attempts: number; readonly downMs: number }): ConnectionRestored {
    const { router, standing } = this.#options
    for (const { threadId } of this.#threads.lostThreads) {
      this.#subscriptions.forget(threadId)
      this.#lost.add(threadId)
      standing.threadLost(threadId)
      const turnId = router.threadLost(threadId, this.#reason)
      // Nobody would answer what it asks, nor see what it does.
      if (turnId !== undefined) this.#options.interruptStray(threadId, turnId)
    }
    router.connectionRestored()
    for (const [threadId, status] of this.#statuses) {
      const params = { threadId, status }
      router.receive({ method: 'thread/status/changed', params } as unknown as ServerNotification)
    }
    return { reason: this.#reason, ...how, ...this.#threads }
  }
}
