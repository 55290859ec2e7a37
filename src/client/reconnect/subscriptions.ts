import type { Sent, ServerNotification } from '../../protocol/index.js'
import { isWiderSandbox, modeOf } from './sandbox-width.js'

/** The requests that subscribe their connection to a thread (measured: reading it, or a turn in it, does not). */
const SUBSCRIBING: ReadonlySet<string> = new Set(['thread/start', 'thread/resume', 'thread/fork'])

/** Params of those requests that hold for the thread as long as it is loaded, and are not stored with it. */
const KEPT_PARAMS = [
  'approvalsReviewer',
  'baseInstructions',
  'config',
  'developerInstructions',
  'modelProvider',
  'permissions',
  'personality',
  'runtimeWorkspaceRoots',
  'serviceTier',
] as const satisfies readonly (keyof Sent.ThreadResumeParams)[]

/** Off the wire, so of any type. */
type Loose = Partial<Record<string, unknown>>

interface Subscription {
  /** What the thread was given, and is to be given again. */
  readonly params: Loose
  /** The sandbox as last told, whole. */
  sandboxPolicy: unknown
  /** Whether nobody asked for the thread: a sub-agent's, which counts while its turn runs. */
  readonly isAgent: boolean
  /** Whether the thread came back with a wider sandbox, so that the next turn has to bring its own. */
  isWidened: boolean
}

/**
 * The threads that this client is subscribed to, with what it takes to resume each as it was. Measured with
 * 0.169.0: a thread that is resumed by a new server has its model, effort and approval policy of before, but the
 * sandbox of the configuration. A server that still has the thread loaded ignores what it is given.
 */
export class Subscriptions {
  readonly #threads = new Map<string, Subscription>()

  /** The threads, in the order they were subscribed to. */
  get threadIds(): readonly string[] {
    return [...this.#threads.keys()]
  }

  /** Params of the request that resumes a thread. */
  resumeParams(threadId: string): Sent.ThreadResumeParams {
    return { ...this.#threads.get(threadId)?.params, threadId, excludeTurns: true }
  }

  /** Takes a request that succeeded, and what it was answered. Returns the thread that it subscribed to, if any. */
  answered(method: string, params: unknown, result: unknown): string | undefined {
    const given = (params ?? {}) as Loose
    if (method === 'thread/unsubscribe') this.forget(given.threadId)
    if (!SUBSCRIBING.has(method)) return undefined
    const { thread, ...settings } = (result ?? {}) as Loose & { thread?: { readonly id?: unknown } | null }
    const threadId = thread?.id
    if (typeof threadId !== 'string') return undefined
    const kept = KEPT_PARAMS.filter((name) => given[name] !== undefined).map((name) => [name, given[name]])
    // A thread that is loaded ignores what a further request gives it.
    if (this.#threads.get(threadId)?.isAgent !== false) this.#add(threadId, Object.fromEntries(kept))
    this.#update(threadId, { ...settings, sandboxPolicy: settings.sandbox })
    return threadId
  }

  /** Takes what a thread is like that was resumed over a new connection. */
  resumed(threadId: string, answer: Loose | null | undefined): void {
    const known = this.#threads.get(threadId)
    if (known?.sandboxPolicy === undefined) return
    known.isWidened = isWiderSandbox(answer?.sandbox, known.sandboxPolicy)
  }

  /**
   * What a request is to be sent with: a turn in a thread that came back with a wider sandbox brings the one it had,
   * unless it brings another.
   */
  amend(method: string, params: unknown): unknown {
    if (method !== 'turn/start') return params
    const given = (params ?? {}) as Loose
    const known = typeof given.threadId === 'string' ? this.#threads.get(given.threadId) : undefined
    if (!known?.isWidened || (given.sandboxPolicy ?? given.permissions ?? undefined) !== undefined)
      return params
    return { ...given, sandboxPolicy: known.sandboxPolicy }
  }

  /** Takes each notification of the connection. */
  receive(message: ServerNotification): void {
    if (message.method === 'thread/settings/updated') {
      const { threadId, threadSettings } = message.params ?? {}
      this.#update(threadId, threadSettings as unknown as Loose)
    } else if (message.method === 'item/started') {
      const { agentThreadId } = (message.params?.item ?? {}) as unknown as Loose
      if (agentThreadId !== undefined) this.#agentBegan(agentThreadId, message.params.threadId)
    } else if (message.method === 'turn/started') {
      // Only subscribers hear of turns (measured).
      this.#agentBegan(message.params?.threadId, undefined)
    } else if (message.method === 'turn/completed') {
      const { threadId } = message.params ?? {}
      if (this.#threads.get(threadId)?.isAgent) this.forget(threadId)
    } else if (message.method === 'thread/closed' || message.method === 'thread/deleted') {
      this.forget(message.params?.threadId)
    }
  }

  /** Forgets a thread. */
  forget(threadId: unknown): void {
    if (typeof threadId === 'string') this.#threads.delete(threadId)
  }

  /** A sub-agent's thread is subscribed to by itself, and asks for approvals like its parent. */
  #agentBegan(threadId: unknown, parentId: unknown): void {
    if (typeof threadId !== 'string' || this.#threads.has(threadId)) return
    const parent = typeof parentId === 'string' ? this.#threads.get(parentId) : undefined
    this.#add(threadId, parent?.params ?? {}, true)
    if (parent) this.#update(threadId, { sandboxPolicy: parent.sandboxPolicy })
  }

  #add(threadId: string, params: Loose, isAgent = false): void {
    const known = { params: { ...params }, sandboxPolicy: undefined, isAgent, isWidened: false }
    this.#threads.set(threadId, known)
  }

  #update(threadId: unknown, settings: Loose | null | undefined): void {
    const known = typeof threadId === 'string' ? this.#threads.get(threadId) : undefined
    if (!known || !settings) return
    const { approvalPolicy, cwd, model, sandboxPolicy } = settings
    if (sandboxPolicy !== undefined && sandboxPolicy !== null) {
      known.sandboxPolicy = sandboxPolicy
      known.isWidened = false
    }
    const sandbox = known.params.permissions === undefined ? modeOf(sandboxPolicy) : undefined
    for (const [name, value] of Object.entries({ approvalPolicy, cwd, model, sandbox })) {
      if (value !== undefined && value !== null) known.params[name] = value
    }
  }
}
