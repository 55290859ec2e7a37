import type { Transport, WireMessage } from '../../rpc/transport.js'

/** A transport that tells whether the other side has drained what was sent, whoever sent it. */
export class DrainWatch implements Transport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly #inner: Transport
  #blocked: Promise<void> | undefined

  constructor(inner: Transport) {
    this.#inner = inner
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
    if (drained && !this.#blocked) {
      const free = () => {
        this.#blocked = undefined
      }
      this.#blocked = drained.then(free, free)
    }
    return drained
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}
