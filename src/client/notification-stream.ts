import type { ServerNotification, ServerNotificationMethod } from '../protocol/index.js'
import { ConnectionClosedError } from '../rpc/errors.js'
import type { CloseReason } from '../rpc/transport.js'
import { AsyncQueue, type QueueLimit } from '../util/async-queue.js'
import { InvalidInputError } from '../util/errors.js'
import type { EventStream } from '../util/event-stream.js'
import { checkOptions, checkString } from '../util/validate.js'

/**
 * Stands in a stream of notifications where some were dropped because the reader is too far behind. It comes
 * from this library, whatever the filter says. What starts, completes, resolves or ends something, and errors
 * and warnings, are never dropped.
 */
export interface LaggedNotification {
  readonly method: 'codex-conduit/lagged'
  readonly params: {
    /** How many notifications stood here. */
    readonly skipped: number
  }
}

/**
 * What a stream of notifications brings: a union that narrows by `method`. Methods that this version does not
 * know come as well; to compare with their names, read `method` as a `string`.
 */
export type StreamedNotification<M extends ServerNotificationMethod = ServerNotificationMethod> =
  | ServerNotification<M>
  | LaggedNotification

/**
 * Most that waits for a reader before the oldest of it is dropped: 8 Mi characters of text, where each event
 * counts {@link EVENT_WEIGHT} more.
 */
export const MAX_WAITING_WEIGHT = 8 * 1_024 * 1_024

/** What a waiting event weighs beside its text, in characters. */
export const EVENT_WEIGHT = 200

/** Which notifications a stream brings. */
export interface NotificationFilter<M extends ServerNotificationMethod = ServerNotificationMethod> {
  /** Only these methods. @default all, those that this version does not know included */
  readonly methods?: readonly M[] | undefined
  /** Only those about this thread. @default all */
  readonly threadId?: string | undefined
}

const MAX_PARTS = 10_000
const PART_WEIGHT = 16

/** Ends of the names of what nobody must miss, in the current dialect and in the older one. */
const ESSENTIAL =
  /(?:^|[/_])(?:started|begin|completed?|done|end|resolved|closed|deleted|exited|aborted|request|error|warning)$|[a-z](?:Started|Completed|Error|Warning)$/

/** Whether a notification may be dropped when its reader lags: what it says is streamed, or told again. */
export function isDroppable({ method }: { readonly method: string }): boolean {
  return !ESSENTIAL.test(method)
}

/** What a notification weighs while it waits, in characters. What is kept anyway counts as empty. */
export function weighNotification(message: { readonly method: string; readonly params: unknown }): number {
  const delta = (message.params as { delta?: unknown } | null | undefined)?.delta
  if (typeof delta === 'string') return EVENT_WEIGHT + delta.length
  return EVENT_WEIGHT + (isDroppable(message) ? weighContent(message.params) : 0)
}

/** Roughly what a value off the wire takes, in characters. */
export function weighContent(content: unknown): number {
  let weight = 0
  const parts = [content]
  // Bounded, as a transport within the process may hand over values that contain themselves.
  for (let looks = 0; looks < MAX_PARTS && parts.length > 0; looks += 1) {
    const part = parts.pop()
    if (typeof part === 'string') weight += part.length
    else if (typeof part === 'object' && part !== null)
      for (const inner of Object.values(part)) parts.push(inner)
    weight += PART_WEIGHT
  }
  return weight + parts.length * PART_WEIGHT
}

const LIMIT: QueueLimit<StreamedNotification> = {
  maxWeight: MAX_WAITING_WEIGHT,
  weigh: weighNotification,
  isDroppable,
  lagged: (skipped) => ({ method: 'codex-conduit/lagged', params: { skipped } }),
}

/** The streams of raw notifications that are being read. */
export class NotificationStreams {
  readonly #streams = new Set<{
    matches: (message: ServerNotification) => boolean
    queue: AsyncQueue<StreamedNotification>
  }>()
  #closeReason: CloseReason | undefined

  /** Opens a stream; it brings what arrives from now on. */
  open<M extends ServerNotificationMethod>(
    filter: NotificationFilter<M>,
  ): EventStream<StreamedNotification<M>> {
    checkOptions('filter', filter)
    const { methods, threadId } = filter
    if (methods !== undefined && !Array.isArray(methods)) {
      throw new InvalidInputError('methods', methods, 'a list of method names')
    }
    checkString('threadId', threadId)
    for (const [index, method] of (methods ?? []).entries()) {
      if (typeof method !== 'string')
        throw new InvalidInputError(`methods[${index}]`, method, 'a method name')
    }
    const wanted = methods && new Set<string>(methods)
    const stream = {
      matches: (message: ServerNotification) =>
        (!wanted || wanted.has(message.method)) &&
        (threadId === undefined ||
          (message.params as { threadId?: unknown } | undefined)?.threadId === threadId),
      queue: new AsyncQueue<StreamedNotification>({
        name: 'A notification stream',
        limit: LIMIT,
        onAbandon: () => this.#streams.delete(stream),
      }),
    }
    if (this.#closeReason) endQueue(stream.queue, this.#closeReason)
    else this.#streams.add(stream)
    return stream.queue as EventStream<StreamedNotification> as EventStream<StreamedNotification<M>>
  }

  /** Takes each notification of the connection. */
  receive(message: ServerNotification): void {
    if (this.#streams.size === 0) return
    for (const { matches, queue } of this.#streams) if (matches(message)) queue.push(message)
  }

  /** Ends all streams: normally when this side closed, otherwise with the reason as an error. */
  connectionClosed(reason: CloseReason): void {
    this.#closeReason = reason
    for (const { queue } of this.#streams) endQueue(queue, reason)
    this.#streams.clear()
  }
}

function endQueue(queue: AsyncQueue<StreamedNotification>, reason: CloseReason): void {
  if (reason.kind === 'local') queue.end()
  else queue.fail(new ConnectionClosedError(reason))
}
