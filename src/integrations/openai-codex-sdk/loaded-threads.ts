import type { Codex as Client, Thread } from '../../client/index.js'
import type { Sent } from '../../protocol/index.js'
import type { RequestOptions } from '../../rpc/peer.js'
import { busyError } from './errors.js'
import { planSandbox } from './sandbox.js'
import { claimThread, freeThread, type ThreadOwner } from './thread-owners.js'
import type { ThreadRequest } from './thread-request.js'

/** Most threads without a running turn that the server keeps in memory; older ones are resumed when needed. */
export const MAX_IDLE_THREADS = 16

/** A thread that is ready for a turn. Its owner releases it when the turn has ended. */
export interface OpenThread {
  readonly thread: Thread
  /** The sandbox of the turn; `undefined` for that of the thread. */
  readonly policy: Sent.SandboxPolicy | undefined
  /** Whether the thread was started or resumed for this turn. */
  readonly isFresh: boolean
  /** Lets other turns have the thread. Idempotent. */
  release(): void
}

interface LoadedThread {
  readonly key: string
  readonly thread: Thread
  readonly policy: Sent.SandboxPolicy | undefined
}

/** The threads that one server has in memory, each with the settings that it was loaded with. */
export class LoadedThreads {
  readonly #client: Client
  readonly #owner: ThreadOwner
  /** The least recently used first. */
  readonly #loaded = new Map<string, LoadedThread>()
  readonly #busy = new Set<string>()

  constructor(client: Client, owner: ThreadOwner) {
    this.#client = client
    this.#owner = owner
  }

  /**
   * Starts a thread, or brings one to the settings that are asked for. Rejects with `ThreadBusyError` while a turn
   * of the thread runs, and as the client's `startThread` and `resumeThread` do.
   *
   * @param id - the thread to resume, or `null` to start one
   */
  async open(id: string | null, request: ThreadRequest, options: RequestOptions): Promise<OpenThread> {
    if (id === null) {
      const loaded = await this.#start(request, options)
      this.#busy.add(loaded.thread.id)
      return this.#ready(loaded, true)
    }
    if (this.#busy.has(id)) throw busyError(id)
    this.#busy.add(id)
    try {
      const known = this.#loaded.get(id)
      if (known?.key === request.key) return this.#ready(known, false)
      if (known) await this.#unload(id, options)
      else await freeThread(id, this.#owner)
      return this.#ready(await this.#resume(id, request, options), true)
    } catch (error) {
      this.#busy.delete(id)
      throw error
    }
  }

  async #start(request: ThreadRequest, options: RequestOptions): Promise<LoadedThread> {
    const { sandbox, policy } = await planSandbox(this.#client, request, options)
    const { threadSource } = request
    const params = { ...paramsOf(request), threadSource, ...(sandbox ? { sandbox } : {}) }
    const thread = await this.#client.startThread({ ...params, ...options })
    return { key: request.key, thread, policy }
  }

  async #resume(id: string, request: ThreadRequest, options: RequestOptions): Promise<LoadedThread> {
    const { sandbox, policy } = await planSandbox(this.#client, request, options)
    const params = { ...paramsOf(request), ...(sandbox ? { sandbox } : {}) }
    const thread = await this.#client.resumeThread(id, { ...params, ...options })
    return { key: request.key, thread, policy }
  }

  #ready(loaded: LoadedThread, isFresh: boolean): OpenThread {
    const { thread, policy } = loaded
    this.#loaded.delete(thread.id)
    this.#loaded.set(thread.id, loaded)
    claimThread(thread.id, this.#owner)
    let isHeld = true
    const release = () => {
      if (!isHeld) return
      isHeld = false
      this.#busy.delete(thread.id)
      this.#trim()
    }
    return { thread, policy, isFresh, release }
  }

  /** Measured: a loaded thread ignores the settings it is resumed with, unless nobody is subscribed to it. */
  async #unload(threadId: string, options: RequestOptions = {}): Promise<void> {
    this.#loaded.delete(threadId)
    await this.#client.request('thread/unsubscribe', { threadId }, options)
  }

  #trim(): void {
    const idle = [...this.#loaded.keys()].filter((id) => !this.#busy.has(id))
    for (const id of idle.slice(0, -MAX_IDLE_THREADS)) {
      // Whether the server still has the thread or not, it is resumed before it is used again.
      this.#unload(id).catch(() => {})
    }
  }
}

function paramsOf(request: ThreadRequest) {
  const { cwd, model, additionalDirectories, config } = request
  return {
    cwd,
    config,
    ...(model === undefined ? {} : { model }),
    // Always, since a thread that is resumed would keep those it had.
    runtimeWorkspaceRoots: [cwd, ...additionalDirectories],
  }
}
