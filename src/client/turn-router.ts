import type { ApprovalOutcome, ApprovalRequest } from '../approvals/index.js'
import type { Received, ServerNotification } from '../protocol/index.js'
import type { CloseReason } from '../rpc/transport.js'
import type { RunningTurn } from './turn-run.js'
import type { TokenCounts } from './usage.js'

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
  readonly #usage = new Map<string, TokenCounts>()
  /** Changes of file change items that are open: approvals name the item and leave the changes out. */
  readonly #openChanges = new Map<string, Map<string, readonly Received.FileUpdateChange[]>>()

  register(run: RunningTurn<unknown>): void {
    this.#runs.set(run.threadId, run)
  }

  release(run: RunningTurn<unknown>): void {
    if (this.#runs.get(run.threadId) === run) this.#runs.delete(run.threadId)
  }

  activeRun(threadId: string): RunningTurn<unknown> | undefined {
    return this.#runs.get(threadId)
  }

  threadUsage(threadId: string): TokenCounts | undefined {
    return this.#usage.get(threadId)
  }

  /** The changes of a file change item that has begun and not ended. */
  changesOf(threadId: string, itemId: string): readonly Received.FileUpdateChange[] | undefined {
    return this.#openChanges.get(threadId)?.get(itemId)
  }

  /** Takes each notification of the connection, in order. */
  receive(message: ServerNotification): void {
    const params = message.params as Addressed | null | undefined
    const threadId = params?.threadId
    if (typeof threadId !== 'string') return
    const named = params?.turnId ?? params?.turn?.id
    this.#observe(message, threadId)
    this.#runs.get(threadId)?.receive(message, typeof named === 'string' ? named : undefined)
  }

  approvalRequested(request: ApprovalRequest): void {
    this.#runOf(request)?.approvalRequested(request)
  }

  approvalResolved(request: ApprovalRequest, outcome: ApprovalOutcome): void {
    this.#runOf(request)?.approvalResolved(request, outcome)
  }

  /** The connection has ended: every running turn settles. */
  connectionClosed(reason: CloseReason): void {
    const runs = [...this.#runs.values()]
    this.#runs.clear()
    this.#openChanges.clear()
    for (const run of runs) run.connectionClosed(reason)
  }

  #runOf({ threadId, turnId }: ApprovalRequest): RunningTurn<unknown> | undefined {
    const run = this.#runs.get(threadId)
    // A turn that has no id yet holds what is said about it until it has.
    return run && (run.id ?? turnId) === turnId ? run : undefined
  }

  #observe(message: ServerNotification, threadId: string): void {
    switch (message.method) {
      case 'item/started':
      case 'item/completed': {
        const { item } = message.params
        if (item?.type !== 'fileChange') return
        if (message.method === 'item/started') this.#setChanges(threadId, item.id, item.changes)
        else this.#openChanges.get(threadId)?.delete(item.id)
        return
      }
      case 'item/fileChange/patchUpdated':
        this.#setChanges(threadId, message.params.itemId, message.params.changes)
        return
      case 'turn/completed':
        this.#openChanges.delete(threadId)
        return
      case 'thread/closed':
        this.#openChanges.delete(threadId)
        this.#usage.delete(threadId)
        return
      case 'thread/tokenUsage/updated': {
        const total = message.params.tokenUsage?.total
        if (typeof total?.totalTokens === 'number') this.#usage.set(threadId, total)
      }
    }
  }

  #setChanges(threadId: string, itemId: string, changes: readonly Received.FileUpdateChange[]): void {
    const ofThread = this.#openChanges.get(threadId) ?? new Map()
    this.#openChanges.set(threadId, ofThread.set(itemId, changes))
  }
}
