import {
  Dialect,
  isLegacyApproval,
  respellParams,
  toLegacyReply,
  translateLegacyApproval,
} from '../../src/client/dialects/index.js'
import type { ServerNotification } from '../../src/protocol/index.js'
import type { Transport, WireMessage } from '../../src/rpc/transport.js'

/** A message as far as it is looked at here. */
interface Message {
  readonly id?: string | number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message?: string }
}

/** Lets a client of the current dialect speak with a server of the older one: translates between the two. */
export class TranslatingTransport implements Transport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly dialect = new Dialect()
  /** Methods of the notifications as the server sent them. */
  readonly heard = new Set<string>()
  readonly #inner: Transport
  readonly #sent = new Map<string | number, Message>()
  readonly #legacyApprovals = new Set<string | number>()

  constructor(inner: Transport) {
    this.#inner = inner
  }

  start(): Promise<void> {
    this.#inner.onmessage = (message) => this.#receive(message as Message)
    this.#inner.onerror = (error) => this.onerror?.(error)
    this.#inner.onclose = (reason) => this.onclose?.(reason)
    return this.#inner.start()
  }

  send(message: WireMessage): void | Promise<void> {
    const { id, method, result } = message as Message
    if (id !== undefined && method !== undefined) this.#sent.set(id, message as Message)
    if (id !== undefined && method === undefined && this.#legacyApprovals.delete(id)) {
      return this.#inner.send({ id, result: toLegacyReply(result) })
    }
    return this.#inner.send(message)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #receive(message: Message): void {
    const { id, method } = message
    if (method === undefined) {
      if (!this.#sendAgain(message)) this.onmessage?.(message)
    } else if (id === undefined) {
      this.heard.add(method)
      const told = this.dialect.translate(message as unknown as ServerNotification)
      for (const one of told) this.onmessage?.(one)
    } else if (isLegacyApproval(method)) {
      this.heard.add(method)
      this.#legacyApprovals.add(id)
      const turnOf = (threadId: string) => this.dialect.turnOf(threadId)
      const translated = translateLegacyApproval(method, message.params, turnOf)
      this.onmessage?.({ id, method: translated.method, params: translated.params })
    } else {
      this.onmessage?.(message)
    }
  }

  /** Whether a refused request was sent again in the spelling of the server. */
  #sendAgain({ id, error }: Message): boolean {
    if (id === undefined) return false
    const sent = this.#sent.get(id)
    this.#sent.delete(id)
    const params = sent && error?.message !== undefined && respellParams(sent.params, error.message)
    if (!params) return false
    void this.#inner.send({ ...sent, params })
    return true
  }
}
