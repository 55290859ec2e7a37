import type { RedactionStream, Redactor } from '../../redaction/index.js'
import type { WireMessage } from '../../rpc/transport.js'

/** A notification that carries a piece of a text. Off the wire: members may be of any type. */
interface DeltaMessage {
  readonly method?: unknown
  readonly params?: {
    readonly threadId?: unknown
    readonly itemId?: unknown
    readonly delta?: unknown
    readonly turn?: unknown
    readonly item?: { readonly id?: unknown } | null
  } | null
}

interface OpenText {
  readonly stream: RedactionStream
  readonly threadId: unknown
  readonly itemId: unknown
  /** The latest piece: what was kept back is written as one more of its kind. */
  last: WireMessage
}

/**
 * Removes secrets from texts that come in pieces: a key that is cut over two deltas is in neither of them. What may
 * be the beginning of a secret is kept back until the next piece or the end of the item shows what it is.
 */
export class DeltaRedaction {
  readonly #redactor: Pick<Redactor, 'stream'>
  readonly #texts = new Map<string, OpenText>()

  constructor(redactor: Pick<Redactor, 'stream'>) {
    this.#redactor = redactor
  }

  /** What is to be written for a message: itself, changed where it is a piece, and before it what was kept back. */
  take(message: WireMessage): readonly WireMessage[] {
    const { method, params } = message as DeltaMessage
    if (typeof method !== 'string' || !params) return [message]
    const { threadId, itemId, delta } = params
    if (typeof delta === 'string' && itemId !== undefined) return [this.#piece(message, params, delta)]
    const item = method === 'item/started' || method === 'item/completed' ? params.item?.id : undefined
    if (item !== undefined) {
      return [...this.#rest((text) => text.threadId === threadId && text.itemId === item), message]
    }
    return method === 'turn/completed'
      ? [...this.#rest((text) => text.threadId === threadId), message]
      : [message]
  }

  /** Everything that is still kept back. */
  end(): readonly WireMessage[] {
    return this.#rest(() => true)
  }

  #piece(message: WireMessage, params: object, delta: string): WireMessage {
    const { threadId, itemId } = params as { readonly threadId?: unknown; readonly itemId?: unknown }
    // An item may have several texts, such as the parts of a summary, told apart by further members.
    const key = JSON.stringify([(message as DeltaMessage).method, { ...params, delta: '' }])
    const text = this.#texts.get(key) ?? { stream: this.#redactor.stream(), threadId, itemId, last: message }
    this.#texts.set(key, text)
    text.last = message
    return withDelta(message, text.stream.push(delta))
  }

  #rest(isOver: (text: OpenText) => boolean): WireMessage[] {
    const rest: WireMessage[] = []
    for (const [key, text] of this.#texts) {
      if (!isOver(text)) continue
      this.#texts.delete(key)
      const kept = text.stream.flush()
      if (kept !== '') rest.push(withDelta(text.last, kept))
    }
    return rest
  }
}

function withDelta(message: WireMessage, delta: string): WireMessage {
  const { params } = message as { readonly params: object }
  return { ...message, params: { ...params, delta } }
}
