import type { Codex as Client } from '../../client/index.js'
import { isConnectionEnd } from '../../rpc/connection-end.js'
import { RpcError } from '../../rpc/errors.js'
import type { StdioTransport } from '../../transports/stdio.js'
import { LoadedThreads } from './loaded-threads.js'
import type { Notices } from './notices.js'
import { disownThread, disownThreads, type ThreadOwner } from './thread-owners.js'

/** What a server needs of the process behind it. */
export type ServerProcess = Pick<StdioTransport, 'ref' | 'unref' | 'exited'>

/** A running app-server. It keeps the program alive only while somebody holds it, and ends when nobody does for long. */
export class Server implements ThreadOwner {
  readonly client: Client
  readonly threads: LoadedThreads
  readonly notices: Notices
  /** Resolves when its process has exited or its connection has ended. Never rejects. */
  readonly ended: Promise<unknown>
  readonly #process: ServerProcess
  #holders = 0
  #isResting = false
  #answering = Promise.resolve(true)
  readonly #idleTimeoutMs: number
  #idleTimer: ReturnType<typeof setTimeout> | undefined

  /** @param idleTimeoutMs - time without a holder after which it ends, or `Infinity` */
  constructor(client: Client, process: ServerProcess, notices: Notices, idleTimeoutMs: number) {
    this.client = client
    this.threads = new LoadedThreads(client, this)
    this.#idleTimeoutMs = idleTimeoutMs
    this.notices = notices
    this.#process = process
    // The exit is known before its last output has been read, and nothing may be sent any more.
    this.ended = Promise.race([client.closed, process.exited])
    process.unref()
    client.on('notification', ({ method, params }) => {
      if (method === 'thread/closed') disownThread(params?.threadId, this)
    })
    void this.ended.then(() => {
      clearTimeout(this.#idleTimer)
      disownThreads(this)
    })
  }

  /** Whether nobody holds it, and somebody has before: it may have ended without this being known yet. */
  get isResting(): boolean {
    return this.#isResting
  }

  /**
   * Whether it answered when it was last taken out of its rest: a turn that is given to a process that has just ended
   * would fail. Rejects as the client's requests do when the answer is late.
   */
  answers(): Promise<boolean> {
    return this.#answering
  }

  /** Keeps the program alive until the returned function is called. */
  hold(): () => void {
    if (this.#holders === 0) this.#process.ref()
    // One question for all who come while it is on its way, so that nobody overtakes who came first.
    if (this.#isResting) {
      this.#answering = this.#ask()
      // Who asked may have given up before it is known.
      this.#answering.catch(() => {})
    }
    this.#holders += 1
    this.#isResting = false
    clearTimeout(this.#idleTimer)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holders -= 1
      if (this.#holders > 0) return
      this.#rest()
    }
  }

  async retire(): Promise<void> {
    await this.client.close()
  }

  async #ask(): Promise<boolean> {
    try {
      await this.client.request('thread/loaded/list', { limit: 1 })
      return true
    } catch (error) {
      if (error instanceof RpcError) return true
      if (isConnectionEnd(error)) return false
      throw error
    }
  }

  #rest(): void {
    this.#isResting = true
    this.#process.unref()
    if (this.#idleTimeoutMs === Infinity) return
    this.#idleTimer = setTimeout(() => void this.retire(), this.#idleTimeoutMs)
    this.#idleTimer.unref()
  }
}
