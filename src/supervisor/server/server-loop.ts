import type { Codex } from '../../client/index.js'
import { classifyFailure, type Failure } from '../../failures/index.js'
import type { CloseReason } from '../../rpc/transport.js'
import { type Deferred, deferred } from '../../util/deferred.js'
import { sleep } from '../../util/sleep.js'
import { ServerNotReadyError } from '../errors.js'
import { RestartCounter, type RestartLimits } from './restart-policy.js'

/**
 * How the server stands.
 *
 * - `stopped`: none was asked for.
 * - `starting`: the first start is under way.
 * - `ready`: it answers.
 * - `restarting`: it ended; the next start waits or is under way.
 * - `failed`: given up; `start()` begins anew.
 * - `stopping`: it is being ended.
 */
export type ServerState = 'stopped' | 'starting' | 'ready' | 'restarting' | 'failed' | 'stopping'

/** A server that answers, until it does not. */
export interface ServerLink {
  readonly client: Codex
  /** Where it is, without secrets. */
  readonly endpoint: string
  /** Process number, when this program started it. */
  readonly pid: number | undefined
}

/** What a {@link ServerLoop} needs, and whom it tells. None of these may throw. */
export interface ServerLoopOptions {
  readonly restart: RestartLimits
  /** Makes a server and shakes hands. Leaves nothing behind when it rejects. */
  readonly connect: (signal: AbortSignal) => Promise<ServerLink>
  /** A server answers. The next step waits for it; must not reject. */
  readonly onReady: (link: ServerLink) => Promise<void>
  /** A server has ended; every turn of its client has settled. */
  readonly onLost: (link: ServerLink, reason: CloseReason) => void
  /** A start failed, or a server ended, and the next is tried after a wait. */
  readonly onRestart: (delayMs: number, failure: Failure) => void
  /** No further start is tried. */
  readonly onGivenUp: (failure: Failure) => void
}

/** Starts a server, and starts it again when it ends, until it ends too often. */
export class ServerLoop {
  readonly #options: ServerLoopOptions
  #state: ServerState = 'stopped'
  #failure: Failure | undefined
  #link: ServerLink | undefined
  #restarts = 0
  #counter: RestartCounter
  #stop = new AbortController()
  /** Those who wait for the next server. */
  #next: Deferred<ServerLink> = deferred()
  #starting: Promise<void> | undefined
  /** Restarts that are under way; never rejects. */
  #restarting: Promise<unknown> = Promise.resolve()
  /** The end of the latest server, once it was told; never rejects. */
  #ended: Promise<void> = Promise.resolve()
  #stopping: Promise<void> | undefined

  constructor(options: ServerLoopOptions) {
    this.#options = options
    this.#counter = new RestartCounter(options.restart)
    this.#next.promise.catch(ignore)
  }

  get state(): ServerState {
    return this.#state
  }

  /** The server that answers now. */
  get link(): ServerLink | undefined {
    return this.#link
  }

  /** Why the last start failed or the last server ended. */
  get failure(): Failure | undefined {
    return this.#failure
  }

  /** How often a server was started again since `start()`. */
  get restarts(): number {
    return this.#restarts
  }

  /**
   * Starts the server. Resolves when it answers and `onReady` has resolved; rejects when the first start fails.
   * Does nothing while it runs or is being restarted.
   */
  async start(): Promise<void> {
    await this.#stopping
    if (this.#state === 'ready') return
    if (this.#state === 'restarting') {
      await this.ready()
      return
    }
    this.#starting ??= this.#startFirst().finally(() => {
      this.#starting = undefined
    })
    await this.#starting
  }

  /**
   * The server, once there is one. Rejects with `ServerNotReadyError` when none is being started or it is given up,
   * and with the signal's reason.
   */
  async ready(signal?: AbortSignal): Promise<ServerLink> {
    signal?.throwIfAborted()
    if (this.#link) return this.#link
    if (this.#state !== 'starting' && this.#state !== 'restarting') {
      throw new ServerNotReadyError(this.#failure?.message ?? `it is ${this.#state}`)
    }
    if (!signal) return await this.#next.promise
    const aborted = deferred<never>()
    const abort = () => aborted.reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      return await Promise.race([this.#next.promise, aborted.promise])
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /** Ends the server and everything that would start one. Idempotent; never rejects. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#shutDown().finally(() => {
      this.#stopping = undefined
    })
    await this.#stopping
  }

  async #startFirst(): Promise<void> {
    this.#state = 'starting'
    this.#stop = new AbortController()
    this.#counter = new RestartCounter(this.#options.restart)
    this.#restarts = 0
    this.#failure = undefined
    try {
      await this.#connect()
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#end('failed', classifyFailure(error, { phase: 'spawn' }), error)
      throw error
    }
  }

  async #shutDown(): Promise<void> {
    if (this.#state === 'stopped') return
    this.#state = 'stopping'
    this.#stop.abort(new ServerNotReadyError('it is being stopped'))
    await this.#link?.client.close()
    await this.#starting?.catch(ignore)
    await this.#restarting
    await this.#ended
    this.#end('stopped', undefined)
  }

  async #connect(): Promise<void> {
    const link = await this.#options.connect(this.#stop.signal)
    if (this.#stop.signal.aborted) {
      await link.client.close()
      throw this.#stop.signal.reason
    }
    this.#link = link
    this.#state = 'ready'
    this.#next.resolve(link)
    this.#next = deferred()
    this.#next.promise.catch(ignore)
    this.#ended = link.client.closed.then((reason) => this.#lost(link, reason))
    await this.#options.onReady(link)
  }

  #lost(link: ServerLink, reason: CloseReason): void {
    if (this.#link === link) this.#link = undefined
    const isStopped = this.#stop.signal.aborted
    if (!isStopped) this.#state = 'restarting'
    this.#options.onLost(link, reason)
    // Another may be under way, when a server ended before `onReady` had done its work.
    if (!isStopped) {
      this.#restarting = Promise.all([this.#restarting, this.#restart(classifyFailure(reason))])
    }
  }

  async #restart(cause: Failure): Promise<void> {
    const { signal } = this.#stop
    for (let failure = cause; !signal.aborted; ) {
      this.#failure = failure
      const delayMs = isFinal(failure) ? undefined : this.#counter.next(performance.now(), Math.random())
      if (delayMs === undefined) {
        this.#end('failed', failure)
        this.#options.onGivenUp(failure)
        return
      }
      this.#options.onRestart(delayMs, failure)
      try {
        await sleep(delayMs, signal)
        this.#restarts += 1
        await this.#connect()
        return
      } catch (error) {
        failure = classifyFailure(error, { phase: 'spawn' })
      }
    }
  }

  #end(state: 'stopped' | 'failed', failure: Failure | undefined, cause?: unknown): void {
    this.#state = state
    this.#failure = failure
    const problem = failure?.message ?? 'it was stopped'
    this.#next.reject(new ServerNotReadyError(problem, cause === undefined ? {} : { cause }))
    this.#next = deferred()
    this.#next.promise.catch(ignore)
  }
}

/** Whether to try again is of no use. */
function isFinal({ kind }: Failure): boolean {
  return kind === 'secret-unavailable' || kind === 'invalid-input'
}

function ignore(): void {}
