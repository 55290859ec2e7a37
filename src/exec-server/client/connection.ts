import { redact } from '../../redaction/index.js'
import { isConnectionEnd } from '../../rpc/connection-end.js'
import { ConnectionClosedError, TransportClosedError } from '../../rpc/errors.js'
import type { RequestOptions } from '../../rpc/peer-options.js'
import type { CloseReason } from '../../rpc/transport.js'
import { type Deferred, deferred } from '../../util/deferred.js'
import { checkKnownKeys, checkOptions } from '../../util/validate.js'
import { EXEC_METHODS, type ExecMethod, type ExecParams, type ExecResult } from '../protocol/index.js'
import { ExecAnswerError } from './errors.js'
import { type HandshakeOptions, type ServerGreeting, shakeHands } from './handshake.js'
import type { ExecLink, LinkEvents, LinkOpener } from './link.js'
import { RequestGate } from './request-gate.js'
import { type ResumeSettings, retryUntil } from './resume.js'

/** Most requests of a client that wait for answers at the same time: the server of 0.169.0 stalls on many more. */
export const MAX_REQUESTS_IN_FLIGHT = 128

/** A request over whichever link there is. */
export interface ConnectionRequestOptions extends RequestOptions {
  /**
   * Makes the request repeatable: it is sent again when the connection was lost before the answer and has been
   * resumed. Called before it is.
   */
  readonly onRepeat?: (() => void) | undefined
  /** Whether it is sent at once, however many wait for answers: it may be what those wait for. */
  readonly isUrgent?: boolean | undefined
}

/** Checks the options of a request as its caller may give them. Throws `InvalidInputError`. */
export function checkRequestOptions(options: Pick<ConnectionRequestOptions, 'signal' | 'timeoutMs'>): void {
  checkOptions('options', options)
  checkKnownKeys(options, { signal: true, timeoutMs: true })
}

/** What a connection needs besides its links. */
export interface ConnectionSettings extends Omit<HandshakeOptions, 'signal' | 'resumeSessionId'> {
  readonly requestTimeoutMs: number
  /** Absent when a lost connection is not made again. */
  readonly resume: ResumeSettings | undefined
}

/** What a connection tells. */
export interface ConnectionEvents extends LinkEvents {
  /** The connection was lost, and is being made again. Must not throw. */
  readonly lost: (reason: CloseReason) => void
  /**
   * The connection was lost and is there again: what was missed has to be fetched over `link`. Other requests wait
   * until it resolves. Must not reject.
   */
  readonly resumed: (link: ExecLink) => Promise<void>
  /** The connection has ended for good. */
  readonly ended: (reason: CloseReason) => void
}

/** A session with a server, over one link after the other. */
export class ExecConnection {
  /** Resolves with the reason when it has ended for good. Never rejects. */
  readonly closed: Promise<CloseReason>
  readonly greeting: ServerGreeting
  readonly #open: LinkOpener
  readonly #settings: ConnectionSettings
  readonly #events: ConnectionEvents
  readonly #gate = new RequestGate(MAX_REQUESTS_IN_FLIGHT)
  readonly #stop = new AbortController()
  readonly #closed = deferred<CloseReason>()
  #link: ExecLink
  /** Settles when the link that is being made again is there, or the connection has ended. */
  #resuming: Deferred<void> | undefined
  #closeReason: CloseReason | undefined
  #closing: Promise<void> | undefined

  private constructor(
    link: ExecLink,
    greeting: ServerGreeting,
    open: LinkOpener,
    settings: ConnectionSettings,
    events: ConnectionEvents,
  ) {
    this.#link = link
    this.greeting = greeting
    this.#open = open
    this.#settings = settings
    this.#events = events
    this.closed = this.#closed.promise
    this.#watch(link)
  }

  /** Connects, or resumes a session of an earlier connection. Rejects as {@link shakeHands} does. */
  static async open(
    open: LinkOpener,
    settings: ConnectionSettings,
    events: ConnectionEvents,
    handshake: Pick<HandshakeOptions, 'resumeSessionId' | 'signal'>,
  ): Promise<ExecConnection> {
    const link = await open(events)
    const greeting = await shakeHands(link, { ...settings, ...handshake })
    return new ExecConnection(link, greeting, open, settings, events)
  }

  get closeReason(): CloseReason | undefined {
    return this.#closeReason
  }

  /** Whether the connection is lost and being made again. */
  get isResuming(): boolean {
    return this.#resuming !== undefined
  }

  /**
   * Sends a request and resolves with its checked result; waits while the connection is made again. Rejects as
   * `RpcPeer.request` does, and with an {@link ExecAnswerError} for a result that is none.
   */
  async request<M extends ExecMethod>(
    method: M,
    params: ExecParams<M>,
    options: ConnectionRequestOptions = {},
  ): Promise<ExecResult<M>> {
    const answer = await this.send(method, params, options)
    return checkResult(method, answer)
  }

  /** {@link request} of any method, its result unchecked. */
  send(method: string, params: unknown, options: ConnectionRequestOptions = {}): Promise<unknown> {
    const task = () => this.#send(method, params, options)
    return options.isUrgent ? task() : this.#gate.run(task, method, options.signal)
  }

  /** Ends it. Idempotent, never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #send(method: string, params: unknown, options: ConnectionRequestOptions): Promise<unknown> {
    const { onRepeat, signal, timeoutMs = this.#settings.requestTimeoutMs } = options
    for (;;) {
      if (this.#resuming) await this.#resuming.promise
      if (this.#closeReason) throw new TransportClosedError(`${method}: ${this.#closeReason.message}`)
      const link = this.#link
      try {
        return await link.request(method, params, { timeoutMs, ...(signal ? { signal } : {}) })
      } catch (error) {
        if (!isConnectionEnd(error) || !this.#isResumable) throw error
        // Nothing was sent when the transport was closed already: that is the first attempt still.
        const isSent = error instanceof ConnectionClosedError
        if (isSent && !onRepeat) throw error
        await link.closed
        if (isSent) onRepeat?.()
      }
    }
  }

  get #isResumable(): boolean {
    return this.#settings.resume !== undefined && this.greeting.sessionId !== undefined
  }

  #watch(link: ExecLink): void {
    void link.closed.then((reason) => this.#lost(link, reason))
  }

  #lost(link: ExecLink, reason: CloseReason): void {
    if (this.#closeReason || link !== this.#link) return
    // Its process or socket must not be left behind.
    void link.close()
    const { resume } = this.#settings
    if (!resume || !this.#isResumable) {
      this.#end(reason)
      return
    }
    this.#events.lost(reason)
    this.#resuming ??= deferred()
    void this.#resume(resume, reason)
  }

  async #resume(resume: ResumeSettings, reason: CloseReason): Promise<void> {
    const resumeSessionId = this.greeting.sessionId
    try {
      const link = await retryUntil(
        async (signal) => {
          const fresh = await this.#open(this.#events)
          await shakeHands(fresh, { ...this.#settings, resumeSessionId, signal })
          return fresh
        },
        resume,
        this.#stop.signal,
      )
      if (this.#closeReason) {
        await link.close()
        return
      }
      this.#link = link
      await this.#events.resumed(link)
      const { closeReason } = link
      // Lost again meanwhile: those who wait go on waiting.
      if (closeReason) this.#lost(link, closeReason)
      else {
        const resuming = this.#resuming
        this.#resuming = undefined
        this.#watch(link)
        resuming?.resolve()
      }
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error))
      const message = `${reason.message}; it could not be resumed: ${redact(cause.message)}`
      this.#end({ kind: 'error', message, cause })
    }
  }

  async #close(): Promise<void> {
    this.#end({ kind: 'local', message: 'closed by this side' })
    await this.#link.close()
  }

  #end(reason: CloseReason): void {
    if (this.#closeReason) return
    this.#closeReason = reason
    this.#stop.abort()
    this.#events.ended(reason)
    this.#resuming?.resolve()
    this.#resuming = undefined
    this.#closed.resolve(reason)
  }
}

/** Checks a result. Throws an {@link ExecAnswerError}. */
export function checkResult<M extends ExecMethod>(method: M, answer: unknown): ExecResult<M> {
  const parsed = EXEC_METHODS[method].result.safeParse(answer)
  if (parsed.success) return parsed.data as ExecResult<M>
  const path = parsed.error.issues[0]?.path.map(String).join('.') ?? ''
  throw new ExecAnswerError(method, path === '' ? 'it is no such result' : `field \`${path}\``)
}
