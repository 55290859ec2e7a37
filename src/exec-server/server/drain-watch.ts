import type { Transport, WireMessage } from '../../rpc/transport.js'

/**
 * A transport that tells whether the other side has drained what was sent, whoever sent it, and when more and more is
 * sent to a side that does not.
 */
export class DrainWatch implements Transport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly #inner: Transport
  readonly #maxUnread: number
  readonly #onFlood: () => void
  #blocked: Promise<void> | undefined
  /** Messages that were sent while the other side had to drain what was sent before. */
  #unread = 0

  /** `onFlood` is called for each message beyond `maxUnread` that is sent while it should be waited. */
  constructor(inner: Transport, maxUnread: number, onFlood: () => void) {
    this.#inner = inner
    this.#maxUnread = maxUnread
    this.#onFlood = onFlood
    inner.onmessage = (message) => this.onmessage?.(message)
    inner.onerror = (error) => this.onerror?.(error)
    inner.onclose = (reason) => this.onclose?.(reason)
  }

  /** Resolves when more can be sent; nothing when that is now. */
  get blocked(): Promise<void> | undefined {
    return this.#blocked
  }

  start(): Promise<void> {
    return this.#inner.start()
  }

  send(message: WireMessage): void | Promise<void> {
    const drained = this.#inner.send(message)
    if (this.#blocked) {
      this.#unread += 1
      if (this.#unread > this.#maxUnread) this.#onFlood()
    } else if (drained) {
      const free = () => {
        this.#blocked = undefined
        this.#unread = 0
      }
      this.#blocked = drained.then(free, free)
    }
    return drained
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}
