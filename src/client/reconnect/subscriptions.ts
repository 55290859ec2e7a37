import type { Sent, ServerNotification } from '../../protocol/index.js'

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

/** Sandbox modes by the type of the policy that they make. Other policies have no mode. */
const MODES: ReadonlyMap<unknown, Sent.SandboxMode> = new Map([
  ['readOnly', 'read-only'],
  ['workspaceWrite', 'workspace-write'],
  ['dangerFullAccess', 'danger-full-access'],
])

/** Off the wire, so of any type. */
type Loose = Partial<Record<string, unknown>>

/**
 * The threads that this client is subscribed to, with what it takes to resume each as it was. Measured with
 * 0.169.0: a thread that is resumed by a new server has its model, effort and approval policy of before, but the
 * sandbox of the configuration. A server that still has the thread loaded ignores what it is given.
 */
export class Subscriptions {
  readonly #threads = new Map<string, Loose>()

  /** The threads, in the order they were subscribed to. */
  get threadIds(): readonly string[] {
    return [...this.#threads.keys()]
  }

  /** Params of the request that resumes a thread. */
  resumeParams(threadId: string): Sent.ThreadResumeParams {
    return { ...this.#threads.get(threadId), threadId, excludeTurns: true }
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
    this.#threads.set(threadId, { ...Object.fromEntries(kept) })
    this.#update(threadId, { ...settings, sandboxPolicy: settings.sandbox })
    return threadId
  }

  /** Takes each notification of the connection. */
  receive(message: ServerNotification): void {
    if (message.method === 'thread/settings/updated') {
      const { threadId, threadSettings } = message.params ?? {}
      this.#update(threadId, threadSettings as unknown as Loose)
    } else if (message.method === 'thread/closed' || message.method === 'thread/deleted') {
      this.forget(message.params?.threadId)
    }
  }

  /** Forgets a thread. */
  forget(threadId: unknown): void {
    if (typeof threadId === 'string') this.#threads.delete(threadId)
  }

  #update(threadId: unknown, settings: Loose | null | undefined): void {
    const known = typeof threadId === 'string' ? this.#threads.get(threadId) : undefined
    if (!known || !settings) return
    const { approvalPolicy, cwd, model, sandboxPolicy } = settings
    const policy = (sandboxPolicy ?? {}) as { readonly type?: unknown }
    const sandbox = known.permissions === undefined ? MODES.get(policy.type) : undefined
    for (const [name, value] of Object.entries({ approvalPolicy, cwd, model, sandbox })) {
      if (value !== undefined && value !== null) known[name] = value
    }
  }
}
