import { type Deferred, deferred } from '../../util/deferred.js'
import { textOf } from './node-socket.js'
import { HIGH_WATER_BYTES, type MessageSocket, type SocketSink } from './socket.js'

const OPEN = 1
/** A standard socket does not tell when it has written something: it is asked this often, in milliseconds. */
const DRAIN_POLL_MS = 20

/** The part of a standard `WebSocket` that is used: that of Node, undici, a browser, or anything alike. */
export interface StandardWebSocketLike {
  readonly readyState: number
  readonly bufferedAmount: number
  binaryType: string
  send(data: string): void
  close(code?: number): void
  addEventListener(type: string, listener: (event: object) => void): void
  removeEventListener(type: string, listener: (event: object) => void): void
}

/** What the events of a socket carry, all of them together. */
interface SocketEvent {
  readonly data?: unknown
  readonly code?: number
  readonly reason?: string
  readonly error?: unknown
  readonly message?: unknown
}

/** A standard socket: it sends each message in one frame and can neither ping nor be broken off. */
export class StandardSocket implements MessageSocket {
  readonly closed: Promise<void>
  readonly #socket: StandardWebSocketLike
  readonly #sink: SocketSink
  readonly #resolveClosed: () => void
  readonly #listeners: readonly (readonly [string, (event: SocketEvent) => void])[]
  #received = 0
  #drained: Deferred<void> | undefined
  #poll: NodeJS.Timeout | undefined

  constructor(socket: StandardWebSocketLike, sink: SocketSink) {
    this.#socket = socket
    this.#sink = sink
    const { promise, resolve } = deferred<void>()
    this.closed = promise
    this.#resolveClosed = resolve
    this.#listeners = [
      ['open', () => sink.opened()],
      ['message', (event) => this.#onMessage(event.data)],
      ['error', (event) => sink.failed(errorOf(event))],
      ['close', (event) => this.#onClose(event.code, event.reason)],
    ]
    // A Blob can only be read later, when other messages have overtaken it.
    socket.binaryType = 'arraybuffer'
    for (const [type, listener] of this.#listeners) socket.addEventListener(type, listener)
  }

  get isOpen(): boolean {
    return this.#socket.readyState === OPEN
  }

  get received(): number {
    return this.#received
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  send(text: string): void | Promise<void> {
    this.#socket.send(text)
    if (this.#socket.bufferedAmount <= HIGH_WATER_BYTES) return
    this.#drained ??= deferred()
    this.#poll ??= setInterval(() => {
      if (!this.isOpen || this.#socket.bufferedAmount <= HIGH_WATER_BYTES) this.#settleDrained()
    }, DRAIN_POLL_MS)
    return this.#drained.promise
  }

  close(code: number): void {
    // Only 1000 and the codes of applications may be named by this side.
    this.#socket.close(code === 1000 ? code : 4000)
  }

  terminate(): void {
    this.#socket.close()
    this.#release()
  }

  #onMessage(data: unknown): void {
    this.#received += 1
    this.#sink.message(textOf(data))
  }

  #onClose(code = 1006, reason = ''): void {
    this.#sink.closed(code, reason)
    this.#release()
  }

  #release(): void {
    for (const [type, listener] of this.#listeners) this.#socket.removeEventListener(type, listener)
    this.#settleDrained()
    this.#resolveClosed()
  }

  #settleDrained(): void {
    clearInterval(this.#poll)
    this.#poll = undefined
    this.#drained?.resolve()
    this.#drained = undefined
  }
}

function errorOf({ error, message }: SocketEvent): Error {
  if (error instanceof Error) return error
  return new Error(typeof message === 'string' && message !== '' ? message : 'the WebSocket failed')
}
