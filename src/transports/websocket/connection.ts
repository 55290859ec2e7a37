import pTimeout from 'p-timeout'
import { redact } from '../../redaction/index.js'
import {
  MessageEncodeError,
  MessageParseError,
  OversizeMessageError,
  ProtocolViolationError,
  RequestTimeoutError,
  TransportClosedError,
} from '../../rpc/errors.js'
import { encodeMessage } from '../../rpc/messages.js'
import type { CloseReason, Transport, WireMessage } from '../../rpc/transport.js'
import { type Deferred, deferred } from '../../util/deferred.js'
import { ConduitError } from '../../util/errors.js'
import { WebSocketConnectError, WebSocketPingTimeoutError } from './errors.js'
import { Heartbeat } from './heartbeat.js'
import { MessageReader } from './message-reader.js'
import type { SocketSettings } from './settings.js'
import type { MessageSocket, SocketOpener, SocketSink } from './socket.js'

/** How long a connection that was broken off may take to be gone, in milliseconds. */
const TERMINATE_GRACE_MS = 1_000
const NORMAL = 1000
const NO_STATUS = 1005
const ABNORMAL = 1006
const INVALID_PAYLOAD = 1007
const TOO_BIG = 1009
/** How the package `ws` begins its messages about an answer that is no WebSocket's. */
const HANDSHAKE_FAULT = /^(?:Invalid|Server) /

/** A transport over one WebSocket, which it owns. */
export class WebSocketTransport implements Transport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly #label: string
  readonly #open: SocketOpener
  readonly #settings: SocketSettings
  readonly #reader: MessageReader
  readonly #opening: Deferred<void> = deferred()
  #state: 'idle' | 'connecting' | 'open' | 'closed' = 'idle'
  #starting: Promise<void> | undefined
  #connecting: Promise<MessageSocket | undefined> | undefined
  #socket: MessageSocket | undefined
  #heartbeat: Heartbeat | undefined
  #releasing: Promise<void> | undefined

  /**
   * `label` is how messages call the other side: it must hold no secret. `reportsInvalidJson` makes a message that
   * is not valid JSON a problem, instead of the end.
   */
  constructor(label: string, open: SocketOpener, settings: SocketSettings, reportsInvalidJson = false) {
    this.#label = label
    this.#open = open
    this.#settings = settings
    this.#reader = new MessageReader(
      {
        message: (message) => this.onmessage?.(message),
        problem: (error) => this.onerror?.(error),
        invalid: (error) => {
          if (reportsInvalidJson && error instanceof MessageParseError) this.onerror?.(error)
          else this.#fail('the other side sent something that is not a message', error, INVALID_PAYLOAD)
        },
      },
      settings.maxMessageBytes,
    )
  }

  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  send(message: WireMessage): void | Promise<void> {
    if (this.#state !== 'open' || !this.#socket?.isOpen) throw new TransportClosedError()
    const text = encodeMessage(message)
    const { maxSendBytes } = this.#settings
    if (text.length * 3 > maxSendBytes) {
      const bytes = Buffer.byteLength(text)
      if (bytes > maxSendBytes) {
        throw new MessageEncodeError(`the message has ${bytes} bytes, the limit is ${maxSendBytes}`)
      }
    }
    return this.#socket.send(text)
  }

  close(): Promise<void> {
    this.#end(
      { kind: 'local', message: 'closed by this side' },
      new TransportClosedError('closed while starting'),
    )
    return this.#release(NORMAL)
  }

  async #start(): Promise<void> {
    if (this.#state === 'closed') throw new TransportClosedError()
    this.#state = 'connecting'
    this.#connecting = this.#connect()
    const { connectTimeoutMs: milliseconds } = this.#settings
    const message = new WebSocketConnectError(
      { url: this.#label, why: `not connected within ${milliseconds} ms`, errno: 'ETIMEDOUT' },
      { cause: new RequestTimeoutError('The opening of the connection', milliseconds) },
    )
    try {
      await pTimeout(this.#opening.promise, { milliseconds, message })
    } catch (error) {
      this.#endConnecting(error as Error)
      throw error
    }
  }

  async #connect(): Promise<MessageSocket | undefined> {
    try {
      const sink: SocketSink = {
        opened: () => this.#onOpened(),
        message: (text) => {
          if (this.#state !== 'closed') this.#reader.read(text)
        },
        pong: () => this.#heartbeat?.rest(),
        failed: (error) => this.#onFailed(error),
        closed: (code, reason) => this.#onClosed(code, reason),
      }
      this.#socket = await this.#open(sink, () => this.#state === 'connecting')
    } catch (error) {
      this.#onFailed(error as Error)
    }
    // A socket that was taken over may have been open all the while.
    if (this.#socket?.isOpen) this.#onOpened()
    return this.#socket
  }

  #onOpened(): void {
    if (this.#state !== 'connecting') return
    const socket = this.#socket
    // A socket may be open before its opener has returned it.
    if (!socket) return
    this.#state = 'open'
    const { ping } = socket
    if (ping) {
      this.#heartbeat = new Heartbeat(socket, ping.bind(socket), this.#settings, () => {
        this.#fail('the other side fell silent', new WebSocketPingTimeoutError(this.#settings.pongTimeoutMs))
      })
      this.#heartbeat.rest()
    }
    this.#opening.resolve()
  }

  #onFailed(error: Error): void {
    if (this.#state === 'connecting') {
      this.#endConnecting(this.#explainConnect(error))
    } else if (this.#state === 'open') {
      const cause = this.#explainBreak(error)
      this.#fail('the connection broke', cause, cause instanceof OversizeMessageError ? TOO_BIG : undefined)
    }
  }

  #onClosed(closeCode: number, reason: string): void {
    if (this.#state === 'connecting') {
      const why = 'the other side closed the connection before it was open'
      this.#onFailed(new WebSocketConnectError({ url: this.#label, why }))
      return
    }
    const text = redact(reason.trim())
    const how = closeCode === NO_STATUS ? '' : ` (${closeCode}${text && `: ${text}`})`
    const message =
      closeCode === ABNORMAL
        ? 'the other side ended the connection without a closing handshake'
        : `the other side closed the connection${how}`
    this.#end({ kind: 'remote', message, closeCode })
    void this.#release(NORMAL)
  }

  #explainConnect(error: Error): Error {
    if (error instanceof ConduitError) return error
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) {
      const why = `the opening handshake failed: ${redact(error.message)}`
      // A standard socket does not say whether it was the network or the other side.
      const cause = HANDSHAKE_FAULT.test(error.message)
        ? new ProtocolViolationError(why, { cause: error })
        : error
      return new WebSocketConnectError({ url: this.#label, why }, { cause })
    }
    // Several addresses that were tried leave the message of their error empty.
    const why = `${redact(error.message) || 'no address answered'} (${code})`
    return new WebSocketConnectError({ url: this.#label, why, errno: code }, { cause: error })
  }

  #explainBreak(error: Error): Error {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
      // Nothing of it was read: that it is longer is all that is known.
      const { maxMessageBytes } = this.#settings
      return new OversizeMessageError(maxMessageBytes + 1, maxMessageBytes)
    }
    if (!code.startsWith('WS_ERR_')) return error
    return new ProtocolViolationError(`the other side broke the WebSocket protocol: ${error.message}`, {
      cause: error,
    })
  }

  #endConnecting(error: Error): void {
    this.#end({ kind: 'error', message: redact(error.message), cause: error }, error)
    void this.#release(undefined)
  }

  /** @param closeCode - code to close with; without one the connection is broken off */
  #fail(message: string, cause: Error, closeCode?: number): void {
    const code = closeCode === undefined ? {} : { closeCode }
    this.#end({ kind: 'error', message: `${message}: ${redact(cause.message)}`, cause, ...code })
    void this.#release(closeCode)
  }

  #end(reason: CloseReason, error?: Error): void {
    if (this.#state === 'closed') return
    const isStarting = this.#state === 'connecting'
    this.#state = 'closed'
    this.#heartbeat?.stop()
    this.onclose?.(reason)
    if (isStarting) this.#opening.reject(error ?? reason.cause ?? new TransportClosedError())
  }

  #release(closeCode: number | undefined): Promise<void> {
    this.#releasing ??= this.#letGo(closeCode)
    return this.#releasing
  }

  async #letGo(closeCode: number | undefined): Promise<void> {
    const socket = await this.#connecting
    if (!socket) return
    if (closeCode !== undefined) {
      socket.close(closeCode)
      await within(socket.closed, this.#settings.closeTimeoutMs)
    }
    socket.terminate()
    await within(socket.closed, TERMINATE_GRACE_MS)
  }
}

async function within(promise: Promise<void>, milliseconds: number): Promise<void> {
  await pTimeout(promise, { milliseconds, fallback: () => undefined })
}
