import type { ApprovalOutcome, ApprovalRequest } from '../approvals/index.js'
import type { ServerNotification } from '../protocol/index.js'
import type { CloseReason } from '../rpc/transport.js'
import { deferred } from '../util/deferred.js'
import { AbortedError } from '../util/errors.js'
import { isDelta } from './is-delta.js'
import { OpenItemTracker } from './open-items.js'
import type { RunningTurn } from './running-turn.js'
import { countsOf, type TokenCounts } from './usage.js'

/** The members by which a notification names its thread and turn. All may be absent or of any type. */
interface Addressed {
  readonly threadId?: unknown
  readonly turnId?: unknown
  readonly turn?: { readonly id?: unknown }
}

/**
 * Knows the running turns and hands each the notifications of its thread. A sub-agent has a thread of its
 * own, so that nothing it says reaches, or ends, the turn of its parent.
 */
export class TurnRouter {
  readonly #runs = new Map<string, RunningTurn<unknown>>()
  /** The run that got the last notification, and mostly gets the next: found without a look into the map. */
  #latest: RunningTurn<unknown> | undefined
  readonly #usage = new Map<string, TokenCounts>()
  /** What approvals refer to. */
  readonly openItems = new OpenItemTracker()
  /** Who waits for the next notification of a turn. */
  readonly #watchers = new Map<string, Set<() => void>>()
  /** Turns that are to end unseen, and who waits for that. */
  readonly #givenUp = new Map<string, () => void>()

  register(run: RunningTurn<unknown>): void {
    this.#runs.set(run.threadId, run)
    this.#latest = undefined
  }

  release(run: RunningTurn<unknown>): void {
    if (this.#runs.get(run.threadId) === run) this.#runs.delete(run.threadId)
    this.#latest = undefined
  }

  activeRun(threadId: string): RunningTurn<unknown> | undefined {
    return this.#runs.get(threadId)
  }

  threadUsage(threadId: string): TokenCounts | undefined {
    return this.#usage.get(threadId)
  }

  /**
   * Waits for the next notification that names the turn, or for the end of the connection. `cancel` gives
   * the waiting up.
   */
  watchTurn(threadId: string, turnId: string): { readonly seen: Promise<void>; readonly cancel: () => void } {
    const { promise: seen, resolve } = deferred<void>()
    const notify = () => resolve()
    const key = keyOf(threadId, turnId)
    const watchers = this.#watchers.get(key) ?? new Set()
    this.#watchers.set(key, watchers.add(notify))
    const cancel = () => {
      if (watchers.delete(notify) && watchers.size === 0) this.#watchers.delete(key)
    }
    return { seen, cancel }
  }

  /**
   * Marks a turn that nobody follows any more and that is to end. `ended` resolves when it has, or the connection;
   * `cancel` takes the mark away.
   */
  giveUp(threadId: string, turnId: string): { readonly ended: Promise<void>; readonly cancel: () => void } {
    const { promise: ended, resolve } = deferred<void>()
    const key = keyOf(threadId, turnId)
    this.#givenUp.set(key, resolve)
    return { ended, cancel: () => this.#givenUp.delete(key) }
  }

  /** Whether a turn was given up: nothing may be approved for it. */
  isGivenUp(threadId: unknown, turnId: unknown): boolean {
    return this.#givenUp.size > 0 && this.#givenUp.has(keyOf(threadId, turnId))
  }

  /** Takes each notification of the connection, in order. */
  receive(message: ServerNotification): void {
    const params = message.params as Addressed | null | undefined
    const threadId = params?.threadId ?? this.#threadOfEnd(message, params)
    if (typeof threadId !== 'string') return
    const named = params?.turnId ?? params?.turn?.id
    const turnId = typeof named === 'string' ? named : undefined
    if (!isDelta(message)) this.#observe(message, threadId)
    this.#runOn(threadId)?.receive(message, turnId)
    if (this.#givenUp.size > 0 && message.method === 'turn/completed') {
      this.#givenUp.get(keyOf(threadId, turnId))?.()
    }
    if (this.#watchers.size > 0 && turnId !== undefined) this.#notifyWatchers(keyOf(threadId, turnId))
  }

  /** A notification could not be read; nobody knows whose it was. */
  notificationLost(): void {
    for (const run of this.#runs.values()) run.notificationLost()
  }

  approvalRequested(request: ApprovalRequest): void {
    this.#runOf(request)?.approvalRequested(request)
  }

  approvalResolved(request: ApprovalRequest, outcome: ApprovalOutcome): void {
    this.#runOf(request)?.approvalResolved(request, outcome)
  }

  /** The connection is gone, and may come back. */
  connectionLost(reason: CloseReason): void {
    // What they refer to may be over when there is a connection again, and nobody tells.
    this.openItems.clear()
    for (const run of [...this.#runs.values()]) run.connectionLost(reason)
  }

  /** The connection is back, and the threads that are not lost are resumed. */
  connectionRestored(): void {
    for (const run of [...this.#runs.values()]) run.connectionRestored()
  }

  /** A thread did not come back: its turn settles. Returns the turn, which may go on unseen. */
  threadLost(threadId: string, reason: CloseReason): string | undefined {
    const run = this.#runs.get(threadId)
    void run?.connectionClosed(reason)
    return run?.id
  }

  /** The connection has ended: every running turn settles. Resolves when they have. */
  async connectionClosed(reason: CloseReason): Promise<void> {
    const runs = [...this.#runs.values()]
    this.#runs.clear()
    this.#latest = undefined
    this.openItems.clear()
    const settling = runs.map((run) => run.connectionClosed(reason))
    for (const key of [...this.#watchers.keys()]) this.#notifyWatchers(key)
    for (const ended of this.#givenUp.values()) ended()
    await Promise.all(settling)
  }

  /** An end of a turn must not be lost for want of its thread's name. */
  #threadOfEnd(message: ServerNotification, params: Addressed | null | undefined): string | undefined {
    if (message.method !== 'turn/completed') return undefined
    for (const { id, threadId } of this.#runs.values()) {
      if (id !== undefined && id === params?.turn?.id) return threadId
    }
    return undefined
  }

  #notifyWatchers(key: string): void {
    const watchers = this.#watchers.get(key)
    this.#watchers.delete(key)
    for (const notify of watchers ?? []) notify()
  }

  /** Stops the turn that asked, if it is one of this client's. Returns whether it is. */
  stop(request: ApprovalRequest): boolean {
    const run = this.#runOf(request)
    run?.stop(new AbortedError('The turn'))
    return run !== undefined
  }

  #runOf({ threadId, turnId }: ApprovalRequest): RunningTurn<unknown> | undefined {
    const run = this.#runs.get(threadId)
    // A turn that has no id yet holds what is said about it until it has.
    return run && (turnId === undefined || (run.id ?? turnId) === turnId) ? run : undefined
  }

  #runOn(threadId: string): RunningTurn<unknown> | undefined {
    if (this.#latest?.threadId === threadId) return this.#latest
    // To look up a text that was just parsed, it has to be hashed.
    this.#latest = this.#runs.size > 0 ? this.#runs.get(threadId) : undefined
    return this.#latest
  }

  #observe(message: ServerNotification, threadId: string): void {
    this.openItems.observe(message, threadId)
    if (message.method === 'thread/closed') {
      this.#usage.delete(threadId)
    } else if (message.method === 'thread/tokenUsage/updated') {
      const total = message.params.tokenUsage?.total
      if (typeof total?.totalTokens === 'number') this.#usage.set(threadId, countsOf(total))
    }
  }
}

/** Older servers number the turns of each thread, so that the turn alone does not tell. */
function keyOf(threadId: unknown, turnId: unknown): string {
  return JSON.stringify([threadId, turnId])
}
