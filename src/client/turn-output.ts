import type { ApprovalRequest } from '../approvals/index.js'
import type { ServerNotification } from '../protocol/index.js'
import { AsyncQueue } from '../util/async-queue.js'
import type { TurnCompletedEvent, TurnEvent } from './events.js'
import { mapNotification } from './map-notification.js'
import { mergeDeltas } from './merge-deltas.js'
import { type TurnRecord, TurnRecorder } from './turn-recorder.js'
import { type TokenCounts, UsageMeter } from './usage.js'

interface TurnOutputOptions {
  readonly threadId: string
  /** Whether somebody will read the events. */
  readonly isStreamed: boolean
  /** The thread's token totals before the turn, when they are known. */
  readonly usageBefore: TokenCounts | undefined
  /** The reader left before the end. */
  readonly onAbandon: () => void
}

/** Items whose work may have left traces outside of the conversation. */
const ACTING_ITEMS: ReadonlySet<string> = new Set([
  'commandExecution',
  'fileChange',
  'mcpToolCall',
  'dynamicToolCall',
  'collabAgentToolCall',
])

/**
 * What a turn brings: the events for its reader, `turn.started` first and `turn.completed` last whatever Codex
 * says, and the record of them for its result.
 */
export class TurnOutput {
  readonly events: AsyncQueue<TurnEvent>
  readonly #threadId: string
  readonly #recorder = new TurnRecorder()
  readonly #meter: UsageMeter
  readonly #openApprovals = new Set<ApprovalRequest>()
  #beforeStart: TurnEvent[] = []
  #isAnnounced = false
  #hasActed = false

  constructor({ threadId, isStreamed, usageBefore, onAbandon }: TurnOutputOptions) {
    this.#threadId = threadId
    this.#meter = new UsageMeter(usageBefore)
    this.events = new AsyncQueue({ name: 'A turn', merge: mergeDeltas, onAbandon })
    if (!isStreamed) this.events.discard()
  }

  /** Whether an event of the turn has come. */
  get isAnnounced(): boolean {
    return this.#isAnnounced
  }

  /** Whether the turn began something that may have left traces. */
  get hasActed(): boolean {
    return this.#hasActed
  }

  /**
   * Takes a notification.
   *
   * @param isOfTurn - whether it names the turn, and not only its thread
   */
  take(message: ServerNotification, turnId: string, isOfTurn: boolean): void {
    const event = this.#usageEvent(message, turnId) ?? mapNotification(message, this.#threadId, turnId)
    if (this.#isAnnounced || isOfTurn) {
      this.emit(event)
    } else {
      // The thread says that it becomes active before the turn says that it starts.
      this.#beforeStart.push(event)
    }
  }

  /** Hands an event to the reader and into the record. */
  emit(event: TurnEvent): void {
    if (!this.#isAnnounced) this.#announce(event)
    if (event.type === 'turn.started') return
    if (event.type === 'item.started' && ACTING_ITEMS.has(event.item.type)) this.#hasActed = true
    if (event.type === 'approval.requested') this.#openApprovals.add(event.request)
    if (event.type === 'approval.resolved') this.#openApprovals.delete(event.request)
    this.#recorder.record(event)
    this.events.push(event)
  }

  /** Hands out the last event and ends. */
  end(event: TurnCompletedEvent): void {
    if (event.turnId !== '' && !this.#isAnnounced) this.#announce(event)
    const { threadId, turnId } = event
    for (const request of this.#openApprovals) {
      const outcome = { decision: 'decline', decidedBy: 'withdrawn' } as const
      this.events.push({ type: 'approval.resolved', threadId, turnId, request, outcome })
    }
    this.events.push(event)
    this.events.end()
  }

  /** What there is now; see `TurnRecorder.snapshot`. */
  snapshot(isComplete: boolean): TurnRecord {
    return this.#recorder.snapshot(isComplete)
  }

  /** Every reader can rely on the first event, even when Codex left it out. */
  #announce(first: TurnEvent): void {
    this.#isAnnounced = true
    const { threadId, turnId } = first
    this.events.push(first.type === 'turn.started' ? first : { type: 'turn.started', threadId, turnId })
    for (const event of this.#beforeStart.splice(0)) this.emit(event)
  }

  #usageEvent(message: ServerNotification, turnId: string): TurnEvent | undefined {
    if (message.method !== 'thread/tokenUsage/updated') return undefined
    const { tokenUsage } = message.params
    const isKnown =
      typeof tokenUsage?.total?.totalTokens === 'number' && typeof tokenUsage.last?.totalTokens === 'number'
    if (!isKnown) return undefined
    const usage = this.#meter.update(tokenUsage)
    return { type: 'usage.updated', threadId: this.#threadId, turnId, usage, raw: message }
  }
}
