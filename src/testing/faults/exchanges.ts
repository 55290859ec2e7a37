import { isRequestId, type RequestId } from '../../rpc/messages.js'
import type { WireMessage } from '../../rpc/transport.js'
import type { MessageView } from './match.js'

/** Most requests of one side that are remembered: 4,096. The oldest is forgotten first. */
const MAX_REMEMBERED = 4_096

/** Remembers the requests of one side, so that the answers of the other can be told apart by their methods. */
export class Exchanges {
  readonly #methods = new Map<RequestId, string>()

  /** Notes a request; other messages are passed over. */
  note(message: WireMessage): void {
    const { id, method } = message as MessageView
    if (!isRequestId(id) || typeof method !== 'string') return
    this.#methods.set(id, method)
    if (this.#methods.size <= MAX_REMEMBERED) return
    for (const oldest of this.#methods.keys()) {
      this.#methods.delete(oldest)
      break
    }
  }

  /** The method of the request that a message answers; `undefined` when it is no answer to a known request. */
  readonly methodAnswered = (message: WireMessage): string | undefined => {
    const { id, method } = message as MessageView
    return method === undefined && isRequestId(id) ? this.#methods.get(id) : undefined
  }
}
