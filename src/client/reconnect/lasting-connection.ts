import pTimeout from 'p-timeout'
import { classifyFailure } from '../../failures/index.js'
import type { ResultOf } from '../../protocol/index.js'
import { RequestTimeoutError, TransportClosedError } from '../../rpc/errors.js'
import { toError } from '../../rpc/guard.js'
import type { RequestId } from '../../rpc/messages.js'
import type { RequestOptions } from '../../rpc/peer.js'
import type { CloseReason, Transport } from '../../rpc/transport.js'
import { backoffDelay } from '../../util/backoff.js'
import { deferred } from '../../util/deferred.js'
import { sleep } from '../../util/sleep.js'
import { Connection, type ConnectionOptions, type HandshakeOptions, type Link } from '../connection.js'
import type { ReconnectPolicy } from './options.js'

/** Makes the transport of one connection. */
export type TransportFactory = () => Transport | Promise<Transport>

/** What a lasting connection tells its client, and has it do. */
export interface LastingConnectionOptions extends ConnectionOptions {
  readonly policy: ReconnectPolicy
  /** The connection has ended and is being made anew. Called once for each loss. */
  readonly onLost: (reason: CloseReason) => void
  /**
   * Brings a new connection to where the lost one was, before anything else uses it. What it rejects with
   * ends that connection, and the next is tried.
   */
  readonly restore: (connection: Connection) => Promise<void>
  /** The new connection is in place. */
  readonly onRestored: (how: { readonly attempts: number; readonly downMs: number }) => void
}

/**
 * A connection that is made anew when it is lost: the same client over several connections in a row. Requests
 * that were waiting for their answer at the loss reject, since Codex may have acted on them.
 */
export class LastingConnection implements Link {
  readonly closed: Promise<CloseReason>
  readonly #makeTransport: TransportFactory
  readonly #options: LastingConnectionOptions
  readonly #resolveClosed: (reason: CloseReason) => void
  /** Aborts when this side closes. */
  readonly #closing = new AbortController()
  #handshake: HandshakeOptions | undefined
  #current: Connection | undefined
  #server: ResultOf<'initialize'> | undefined
  /** Attempts that failed since a connection last stood for longer than the longest wait. */
  #failures = 0
  /** When the current connection was restored; the first one never was. */
  #restoredAt = -Infinity
  #closeReason: CloseReason | undefined

  constructor(makeTransport: TransportFactory, options: LastingConnectionOptions) {
    this.#makeTransport = makeTransport
    this.#options = options
    const { promise, resolve } = deferred<CloseReason>()
    this.closed = promise
    this.#resolveClosed = resolve
  }

  get server(): ResultOf<'initialize'> | undefined {
    return this.#server
  }

  /** Of a connection that has ended too, until its end is told: nothing is sent to it any more. */
  get drained(): Promise<void> | undefined {
    const current = this.#current
    return current?.closeReason && !this.#closeReason ? current.closed.then(() => {}) : current?.drained
  }

  get closeReason(): CloseReason | undefined {
    return this.#closeReason
  }

  async open(options: HandshakeOptions): Promise<void> {
    this.#handshake = { ...options, signal: this.#closing.signal }
    try {
      this.#watch(await this.#connect(options))
    } catch (error) {
      this.#end({ kind: 'error', message: 'the first connection could not be made', cause: toError(error) })
      throw error
    }
  }

  async requestAny(method: string, params: unknown, options?: RequestOptions): Promise<unknown> {
    return (this.#current as Connection).requestAny(method, params, options)
  }

  withdraw(id: RequestId): void {
    this.#current?.withdraw(id)
  }

  async methods(): Promise<ReadonlySet<string>> {
    return (this.#current as Connection).methods()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#current?.close()
    this.#end({ kind: 'local', message: 'closed by this side' })
  }

  async #connect(handshake: HandshakeOptions): Promise<Connection> {
    const transport = await this.#transport(handshake)
    if (this.#closing.signal.aborted) {
      await transport.close()
      throw new TransportClosedError('closed by this side')
    }
    const connection = new Connection(transport, this.#options)
    this.#current = connection
    await connection.open(handshake)
    return connection
  }

  async #transport({ timeoutMs, signal }: HandshakeOptions): Promise<Transport> {
    const made = Promise.resolve(this.#makeTransport())
    const message = new RequestTimeoutError('The making of the transport', timeoutMs)
    const bounded = pTimeout(made, { milliseconds: timeoutMs, message, ...(signal ? { signal } : {}) })
    try {
      return await bounded
    } catch (error) {
      // One that comes after all belongs to nobody.
      made.then((late) => late.close()).catch(() => {})
      throw error
    }
  }

  #watch(connection: Connection): void {
    this.#server = connection.server
    void connection.closed.then((reason) => {
      if (reason.kind === 'local' || this.#closing.signal.aborted) this.#end(reason)
      else void this.#recover(reason)
    })
  }

  async #recover(reason: CloseReason): Promise<void> {
    const { policy, onLost, onRestored } = this.#options
    const lostAt = performance.now()
    const downMs = () => performance.now() - lostAt
    onLost(reason)
    // One that is lost again soon must not be made anew without a pause.
    if (lostAt - this.#restoredAt > policy.maxDelayMs) this.#failures = 0
    else await this.#pause()
    for (let attempts = 1; ; attempts += 1) {
      try {
        if (this.#closing.signal.aborted) return
        const connection = await this.#attempt(policy.giveUpAfterMs - downMs())
        this.#restoredAt = performance.now()
        this.#watch(connection)
        onRestored({ attempts, downMs: downMs() })
        return
      } catch (cause) {
        if (this.#closing.signal.aborted) return
        if (isFinal(cause) || downMs() >= policy.giveUpAfterMs) {
          this.#end(givenUp(reason, attempts, toError(cause)))
          return
        }
        await this.#pause(policy.giveUpAfterMs - downMs())
      }
    }
  }

  /** Waits before the next attempt, longer each time. */
  async #pause(mostMs = Infinity): Promise<void> {
    this.#failures += 1
    const ms = backoffDelay(this.#failures, this.#options.policy, Math.random())
    // Closed meanwhile: that is looked at next.
    await sleep(Math.min(ms, mostMs), this.#closing.signal).catch(() => {})
  }

  /** One attempt to be where the lost connection was. Leaves nothing behind when it fails. */
  async #attempt(mostMs: number): Promise<Connection> {
    const handshake = this.#handshake as HandshakeOptions
    const timeoutMs = Math.max(1, Math.min(handshake.timeoutMs, mostMs))
    const connection = await this.#connect({ ...handshake, timeoutMs })
    try {
      await this.#options.restore(connection)
    } catch (error) {
      await connection.close()
      throw error
    }
    return connection
  }

  #end(reason: CloseReason): void {
    if (this.#closeReason) return
    this.#closeReason = reason
    this.#closing.abort()
    this.#resolveClosed(reason)
  }
}

/** Whether coming back is of no use: the other side does not accept who we are, or the factory what it is given. */
function isFinal(error: unknown): boolean {
  const { kind } = classifyFailure(error)
  return kind === 'secret-unavailable' || kind === 'invalid-input'
}

function givenUp(reason: CloseReason, attempts: number, cause: Error): CloseReason {
  const tried = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} to restore the connection failed`
  return { ...reason, kind: 'error', message: `${reason.message}; ${tried}: ${cause.message}`, cause }
}
