import type { ApprovalRequest } from '../approvals/index.js'
import { itemMayHaveSideEffects } from '../failures/index.js'
import type { Received, ServerNotification } from '../protocol/index.js'
import { AsyncQueue, type QueueLimit } from '../util/async-queue.js'
import type { ItemStartedEvent, ThreadItem, TurnCompletedEvent, TurnEvent } from './events.js'
import { mapNotification } from './map-notification.js'
import { mergeWaitingDeltas } from './merge-deltas.js'
import { missedItemEvents } from './missed-items.js'
import {
  EVENT_WEIGHT,
  isDroppable,
  MAX_WAITING_WEIGHT,
  weighContent,
  weighNotification,
} from './notification-stream.js'
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

/** Most notifications that are kept for a turn that has not begun, beside those that are never dropped. */
const MAX_BEFORE_START = 4_096

const LIMIT: QueueLimit<TurnEvent> = {
  maxWeight: MAX_WAITING_WEIGHT,
  weigh: (event) => EVENT_WEIGHT + weighText(event),
  isDroppable: isEventDroppable,
  stateOf: (event) => {
    if (event.type === 'file.patch') return `${event.type} ${event.itemId}`
    return event.type === 'turn.diff.updated' || event.type === 'turn.plan.updated' ? event.type : undefined
  },
  lagged: (skipped, { threadId, turnId }) => ({ type: 'lagged', threadId, turnId, skipped }),
}

function isEventDroppable(event: TurnEvent): boolean {
  switch (event.type) {
    case 'message.delta':
    case 'reasoning.delta':
    case 'plan.delta':
    case 'command.output':
    case 'tool.progress':
      return true
    default:
      return event.type === 'notification' && isDroppable(event)
  }
}

/** The text of what can be dropped. Items and other events that are kept anyway count as empty. */
function weighText(event: TurnEvent): number {
  if ('delta' in event) return event.delta.length
  switch (event.type) {
    case 'tool.progress':
      return event.message.length
    case 'turn.diff.updated':
      return event.diff.length
    case 'turn.plan.updated':
      return weighContent(event.plan)
    case 'file.patch':
      return weighContent(event.changes)
    case 'notification':
      return weighNotification(event.raw) - EVENT_WEIGHT
    default:
      return 0
  }
}

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
  #skippedBeforeStart = 0
  #isAnnounced = false
  #hasActed = false

  constructor({ threadId, isStreamed, usageBefore, onAbandon }: TurnOutputOptions) {
    this.#threadId = threadId
    this.#meter = new UsageMeter(usageBefore)
    this.events = new AsyncQueue({ name: 'A turn', merge: mergeWaitingDeltas, limit: LIMIT, onAbandon })
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

  /** Approvals that are not decided. */
  get pendingApprovals(): readonly ApprovalRequest[] {
    return [...this.#openApprovals]
  }

  /** Items that have begun and not ended, as last known. */
  get openItems(): readonly ThreadItem[] {
    return this.#recorder.openItems()
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
    } else if (this.#beforeStart.length < MAX_BEFORE_START || !isEventDroppable(event)) {
      // The thread says that it becomes active before the turn says that it starts.
      this.#beforeStart.push(event)
    } else {
      this.#skippedBeforeStart += 1
    }
  }

  /** Takes what the thread tells of the turn: the items that were missed of it. */
  fill(turn: Received.Turn): void {
    const progressOf = (itemId: string) => this.#recorder.progressOf(itemId)
    for (const event of missedItemEvents(turn, this.#threadId, progressOf)) this.emit(event)
  }

  /** Hands an event to the reader and into the record. */
  emit(event: TurnEvent): void {
    if (!this.#isAnnounced) this.#announce(event)
    if (event.type === 'turn.started') return
    if (event.type === 'item.started') this.#begin(event)
    if (event.type === 'item.completed' && itemMayHaveSideEffects(event.item.type)) this.#hasActed = true
    // Nobody heard what was done meanwhile.
    if (event.type === 'connection.lost') this.#hasActed = true
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
    for (const item of this.#recorder.openItems()) {
      const { id: itemId } = item
      this.events.push({ type: 'item.abandoned', threadId, turnId, itemId, item, reason: 'turn-ended' })
    }
    this.events.push(event)
    this.events.end()
  }

  /** What there is now; see `TurnRecorder.snapshot`. */
  snapshot(isComplete: boolean): TurnRecord {
    return this.#recorder.snapshot(isComplete)
  }

  #begin({ threadId, turnId, itemId, item }: ItemStartedEvent): void {
    if (itemMayHaveSideEffects(item.type)) this.#hasActed = true
    // A retry sends an item again, and never ends the first.
    const open = this.#recorder.openItem(itemId)
    if (!open) return
    this.events.push({ type: 'item.abandoned', threadId, turnId, itemId, item: open, reason: 'repeated' })
  }

  /** Every reader can rely on the first event, even when Codex left it out. */
  #announce(first: TurnEvent): void {
    this.#isAnnounced = true
    const { threadId, turnId } = first
    this.events.push(first.type === 'turn.started' ? first : { type: 'turn.started', threadId, turnId })
    for (const event of this.#beforeStart.splice(0)) this.emit(event)
    const skipped = this.#skippedBeforeStart
    if (skipped > 0) this.events.push({ type: 'lagged', threadId, turnId, skipped })
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
