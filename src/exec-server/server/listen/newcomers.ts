import type { Duplex } from 'node:stream'

/**
 * Connections that are no WebSocket yet, and may never become one: few, and none for long. They belong to this
 * object until they are taken out.
 */
export class Newcomers {
  readonly #limit: number
  readonly #timeoutMs: number
  /** Oldest first, with the timers that break them off. */
  readonly #sockets = new Map<Duplex, NodeJS.Timeout | undefined>()

  constructor(limit: number, timeoutMs: number) {
    this.#limit = limit
    this.#timeoutMs = timeoutMs
  }

  /** Takes a connection in. For one too many the oldest is broken off: an honest client does not take long. */
  add(socket: Duplex): void {
    const isTimed = this.#timeoutMs !== Infinity
    this.#sockets.set(socket, isTimed ? setTimeout(() => socket.destroy(), this.#timeoutMs) : undefined)
    socket.once('close', () => this.delete(socket))
    if (this.#sockets.size <= this.#limit) return
    for (const oldest of this.#sockets.keys()) {
      this.delete(oldest)
      oldest.destroy()
      return
    }
  }

  /** Lets a connection go its way. */
  delete(socket: Duplex): void {
    clearTimeout(this.#sockets.get(socket))
    this.#sockets.delete(socket)
  }

  /** Breaks all of them off. */
  end(): void {
    for (const socket of this.#sockets.keys()) {
      this.delete(socket)
      socket.destroy()
    }
  }
}
