import { Dialect, type DialectName } from '../../src/client/dialects/index.js'
import type { ServerNotification } from '../../src/protocol/index.js'
import type { Transport, WireMessage } from '../../src/rpc/transport.js'

/** Passes everything on, and notes what the server says on the wire, beneath the client's translation. */
export class Wiretap implements Transport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  /** Methods of the requests and notifications that the server sent. */
  readonly heard = new Set<string>()
  readonly #inner: Transport
  readonly #dialect = new Dialect()

  constructor(inner: Transport) {
    this.#inner = inner
  }

  /** The dialect in which the server tells of turns. */
  get dialect(): DialectName {
    return this.#dialect.name
  }

  start(): Promise<void> {
    this.#inner.onmessage = (message) => {
      this.#note(message)
      this.onmessage?.(message)
    }
    this.#inner.onerror = (error) => this.onerror?.(error)
    this.#inner.onclose = (reason) => this.onclose?.(reason)
    return this.#inner.start()
  }

  send(message: WireMessage): void | Promise<void> {
    return this.#inner.send(message)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #note(message: WireMessage): void {
    const { id, method } = message as { id?: unknown; method?: unknown }
    if (typeof method !== 'string') return
    this.heard.add(method)
    if (id === undefined) this.#dialect.translate(message as ServerNotification)
  }
}
