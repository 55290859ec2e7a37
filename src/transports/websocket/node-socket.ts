import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type Deferred, deferred } from '../../util/deferred.js'
import { HIGH_WATER_BYTES, type MessageSocket, type SocketSink } from './socket.js'

/** Longest text that is sent in one frame: 15 MiB. An app-server takes frames of up to 16 MiB. */
const LONGEST_FRAME_BYTES = 15 * 1024 * 1024
/** What a longer one is cut into: 8 MiB. */
const FRAGMENT_BYTES = 8 * 1024 * 1024
const OPEN = 1

/** The part of a `WebSocket` of the package `ws` that is used: any version of it, and either side. */
export interface NodeWebSocketLike {
  readonly readyState: number
  readonly bufferedAmount: number
  binaryType: string
  send(data: string | Buffer, options: { binary: boolean; fin: boolean }, callback: () => void): void
  ping(): void
  close(code?: number): void
  terminate(): void
  on(event: string, listener: (...args: never[]) => void): unknown
  off(event: string, listener: (...args: never[]) => void): unknown
}

/** Makes the error of an HTTP answer that is no WebSocket. */
export type RefusalReader = (response: IncomingMessage) => Promise<Error>

/** A socket of the package `ws`. Its connection belongs to this object. */
export class NodeSocket implements MessageSocket {
  readonly closed: Promise<void>
  readonly #socket: NodeWebSocketLike
  readonly #sink: SocketSink
  readonly #resolveClosed: () => void
  readonly #onSent = () => this.#settleDrained()
  readonly #listeners: readonly (readonly [string, (...args: never[]) => void])[]
  #connection: Socket | undefined
  #events = 0
  #drained: Deferred<void> | undefined

  constructor(socket: NodeWebSocketLike, sink: SocketSink, readRefusal?: RefusalReader) {
    this.#socket = socket
    this.#sink = sink
    const { promise, resolve } = deferred<void>()
    this.closed = promise
    this.#resolveClosed = resolve
    this.#listeners = [
      ['open', () => sink.opened()],
      ['message', (data: unknown) => this.#onMessage(data)],
      ['ping', () => this.#count()],
      ['pong', () => this.#onPong()],
      ['error', (error: Error) => sink.failed(error)],
      ['close', (code: number, reason: Buffer) => this.#onClose(code, String(reason))],
      ['upgrade', (response: IncomingMessage) => this.#onUpgrade(response)],
    ]
    if (readRefusal) {
      const refuse = (_request: ClientRequest, response: IncomingMessage) => {
        void readRefusal(response).then((error) => sink.failed(error))
      }
      this.#listeners = [...this.#listeners, ['unexpected-response', refuse]]
    }
    socket.binaryType = 'nodebuffer'
    for (const [event, listener] of this.#listeners) socket.on(event, listener)
  }

  get isOpen(): boolean {
    return this.#socket.readyState === OPEN
  }

  get received(): number {
    return this.#connection?.bytesRead ?? this.#events
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  send(text: string): void | Promise<void> {
    const bytes = text.length * 3 > LONGEST_FRAME_BYTES ? Buffer.from(text) : undefined
    if (bytes && bytes.length > LONGEST_FRAME_BYTES) this.#sendFragments(bytes)
    else this.#socket.send(bytes ?? text, { binary: false, fin: true }, this.#onSent)
    if (this.#socket.bufferedAmount <= HIGH_WATER_BYTES) return
    this.#drained ??= deferred()
    return this.#drained.promise
  }

  ping(): void {
    if (this.isOpen) this.#socket.ping()
  }

  close(code: number): void {
    this.#socket.close(code)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  #sendFragments(bytes: Buffer): void {
    for (let start = 0; start < bytes.length; start += FRAGMENT_BYTES) {
      const end = start + FRAGMENT_BYTES
      this.#socket.send(bytes.subarray(start, end), { binary: false, fin: end >= bytes.length }, this.#onSent)
    }
  }

  #onMessage(data: unknown): void {
    this.#count()
    this.#sink.message(textOf(data))
  }

  #onPong(): void {
    this.#count()
    this.#sink.pong()
  }

  /** A reset is no event of the WebSocket, only of the connection below it. */
  #onUpgrade(response: IncomingMessage): void {
    this.#connection = response.socket
    this.#connection.on('error', this.#onConnectionError)
  }

  readonly #onConnectionError = (error: Error): void => this.#sink.failed(error)

  #onClose(code: number, reason: string): void {
    for (const [event, listener] of this.#listeners) this.#socket.off(event, listener)
    this.#connection?.off('error', this.#onConnectionError)
    this.#settleDrained(true)
    this.#sink.closed(code, reason)
    this.#resolveClosed()
  }

  #settleDrained(isOver = false): void {
    if (!this.#drained || (!isOver && this.#socket.bufferedAmount > HIGH_WATER_BYTES)) return
    const drained = this.#drained
    this.#drained = undefined
    drained.resolve()
  }

  #count(): void {
    this.#events += 1
  }
}

/** The text of a message, in whatever form it comes. A binary one is read as UTF-8. */
export function textOf(data: unknown): string {
  if (typeof data === 'string') return data
  if (Buffer.isBuffer(data)) return data.toString()
  if (Array.isArray(data)) return Buffer.concat(data as Buffer[]).toString()
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : ''
}
