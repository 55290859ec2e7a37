import type { MessageSocket } from './socket.js'

/** The times of a {@link Heartbeat}, in milliseconds; `Infinity` for never. */
export interface HeartbeatTimes {
  readonly pingIntervalMs: number
  readonly pongTimeoutMs: number
}

/**
 * Pings the other side and notices when it has fallen silent. Anything that arrives, and anything it still
 * takes, is a sign of life: a pong has to queue behind a long message.
 */
export class Heartbeat {
  readonly #socket: Pick<MessageSocket, 'received' | 'bufferedBytes'>
  readonly #ping: () => void
  readonly #times: HeartbeatTimes
  readonly #onSilence: () => void
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #seen = 0
  #waiting = 0

  /** `onSilence` is called at most once, and not after {@link stop}. */
  constructor(
    socket: Pick<MessageSocket, 'received' | 'bufferedBytes'>,
    ping: () => void,
    times: HeartbeatTimes,
    onSilence: () => void,
  ) {
    this.#socket = socket
    this.#ping = ping
    this.#times = times
    this.#onSilence = onSilence
  }

  /** Waits for the next ping; also what an answered ping leads to. */
  rest(): void {
    this.#wait(this.#times.pingIntervalMs, () => {
      this.#note()
      this.#ping()
      this.#listen()
    })
  }

  /** Stops for good: no timer is left. */
  stop(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
  }

  #listen(): void {
    this.#wait(this.#times.pongTimeoutMs, () => {
      // When this process was busy all the while, what came meanwhile is still to be read: it is read first.
      this.#immediate = setImmediate(() => this.#judge())
    })
  }

  #judge(): void {
    const isAlive = this.#socket.received !== this.#seen || this.#socket.bufferedBytes < this.#waiting
    if (!isAlive) {
      this.#onSilence()
      return
    }
    this.#note()
    this.#listen()
  }

  #note(): void {
    this.#seen = this.#socket.received
    this.#waiting = this.#socket.bufferedBytes
  }

  #wait(milliseconds: number, then: () => void): void {
    this.stop()
    if (milliseconds === Infinity) return
    // The open socket decides whether this process lives on, not its pings.
    this.#timer = setTimeout(then, milliseconds).unref()
  }
}
