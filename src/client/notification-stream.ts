import type { ServerNotification, ServerNotificationMethod } from '../protocol/index.js'
import { ConnectionClosedError } from '../rpc/errors.js'
import type { CloseReason } from '../rpc/transport.js'
import { AsyncQueue } from '../util/async-queue.js'
import { InvalidInputError } from '../util/errors.js'
import { checkOptions, checkString } from '../util/validate.js'

/** Which notifications a stream brings. */
export interface NotificationFilter<M extends ServerNotificationMethod = ServerNotificationMethod> {
  /** Only these methods. @default all, those that this version does not know included */
  readonly methods?: readonly M[]
  /** Only those about this thread. @default all */
  readonly threadId?: string
}

/** The streams of raw notifications that are being read. */
export class NotificationStreams {
  readonly #streams = new Set<{
    matches: (message: ServerNotification) => boolean
    queue: AsyncQueue<ServerNotification>
  }>()
  #closeReason: CloseReason | undefined

  /** Opens a stream; it brings what arrives from now on. */
  open<M extends ServerNotificationMethod>(
    filter: NotificationFilter<M>,
  ): AsyncIterable<ServerNotification<M>> {
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
      queue: new AsyncQueue<ServerNotification>({
        name: 'A notification stream',
        onAbandon: () => this.#streams.delete(stream),
      }),
    }
    if (this.#closeReason) endQueue(stream.queue, this.#closeReason)
    else this.#streams.add(stream)
    return stream.queue as AsyncIterable<ServerNotification> as AsyncIterable<ServerNotification<M>>
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

function endQueue(queue: AsyncQueue<ServerNotification>, reason: CloseReason): void {
  if (reason.kind === 'local') queue.end()
  else queue.fail(new ConnectionClosedError(reason))
}
