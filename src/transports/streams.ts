import { finished, type Readable, type Writable } from 'node:stream'
import pTimeout from 'p-timeout'
import type { JsonLineReader } from '../framing/json-line-reader.js'
import { redact } from '../redaction/index.js'
import { MessageParseError, TransportClosedError } from '../rpc/errors.js'
import type { CloseReason, Transport, WireMessage } from '../rpc/transport.js'
import { deferred } from '../util/deferred.js'
import { InvalidInputError } from '../util/errors.js'
import { checkKnownKeys, checkOneOf, checkOptions, checkTimeoutMs } from '../util/validate.js'
import { checkLimits, type JsonLineLimits, JsonLineWriter, nodeJsonLineReader } from './json-lines.js'

/** How long `close()` waits by default for the other side to take what was sent: 2,000 ms. */
const DEFAULT_FLUSH_TIMEOUT_MS = 2_000

/** Options of {@link streams}. */
export interface StreamsOptions extends JsonLineLimits {
  /** Where messages come from. */
  readonly readable: Readable
  /** Where messages go; may be the same stream, such as a socket. */
  readonly writable: Writable
  /**
   * What a line that begins like a message but is not valid JSON leads to: `close` ends the connection,
   * `report` gives a `MessageParseError` to `onerror`, which a peer answers as the specification asks of
   * servers, and reads on. @default 'close'
   */
  readonly invalidJson?: 'close' | 'report' | undefined
  /**
   * How long `close()` waits for what was sent to be taken, in milliseconds, before it destroys the writable;
   * `Infinity` waits as long as that takes. @default DEFAULT_FLUSH_TIMEOUT_MS
   */
  readonly flushTimeoutMs?: number | undefined
}

const KNOWN: Readonly<Record<keyof StreamsOptions, true>> = {
  readable: true,
  writable: true,
  invalidJson: true,
  flushTimeoutMs: true,
  maxLineBytes: true,
  maxNoiseLines: true,
}

/**
 * A transport over a pair of streams, one JSON message a line: this process's own standard streams, a socket,
 * a pipe.
 *
 * It owns both streams: however the connection ends, it ends the writable and destroys the readable. Throws `InvalidInputError` for a wrong option.
 */
export function streams(options: StreamsOptions): Transport {
  checkOptions('options', options)
  checkKnownKeys(options ?? {}, KNOWN)
  const { readable, writable } = options ?? {}
  if (typeof readable?.pipe !== 'function') {
    throw new InvalidInputError('readable', readable, 'a readable stream')
  }
  if (typeof writable?.write !== 'function') {
    throw new InvalidInputError('writable', writable, 'a writable stream')
  }
  checkLimits(options)
  checkOneOf('invalidJson', options.invalidJson, ['close', 'report'])
  return new StreamTransport(
    options,
    checkTimeoutMs('flushTimeoutMs', options.flushTimeoutMs, DEFAULT_FLUSH_TIMEOUT_MS),
  )
}

class StreamTransport implements Transport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly #readable: Readable
  readonly #writable: Writable
  readonly #flushTimeoutMs: number
  readonly #reader: JsonLineReader
  readonly #writer: JsonLineWriter
  #state: 'idle' | 'open' | 'closed' = 'idle'
  #releasing: Promise<void> | undefined
  #unwatch: (() => void)[] = []

  constructor(options: StreamsOptions, flushTimeoutMs: number) {
    this.#readable = options.readable
    this.#writable = options.writable
    this.#flushTimeoutMs = flushTimeoutMs
    this.#writer = new JsonLineWriter(options.writable)
    this.#reader = nodeJsonLineReader(
      {
        message: (message) => this.onmessage?.(message),
        problem: (error) => this.onerror?.(error),
        invalid: (error) => {
          if (options.invalidJson === 'report' && error instanceof MessageParseError) this.onerror?.(error)
          else this.#fail('the other side wrote something that is not a message', error)
        },
      },
      options,
    )
  }

  async start(): Promise<void> {
    if (this.#state === 'closed') throw new TransportClosedError()
    if (this.#state === 'open') return
    this.#state = 'open'
    // Both also tell of a stream that has ended or broken before.
    this.#unwatch = [
      finished(this.#readable, { writable: false }, (error) => this.#onReadableEnd(error)),
      finished(this.#writable, { readable: false }, (error) => {
        this.#fail(
          'the other side no longer reads',
          error ?? new TransportClosedError('the stream was ended'),
        )
      }),
    ]
    this.#readable.on('data', this.#onData)
  }

  send(message: WireMessage): void | Promise<void> {
    if (this.#state !== 'open') throw new TransportClosedError()
    return this.#writer.write(message)
  }

  close(): Promise<void> {
    this.#end({ kind: 'local', message: 'closed by this side' })
    return this.#release()
  }

  readonly #onData = (chunk: Uint8Array | string): void => {
    this.#reader.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  }

  #onReadableEnd(error: Error | null | undefined): void {
    if (error && !isPremature(error)) {
      this.#fail('reading failed', error)
      return
    }
    if (this.#state === 'closed') return
    const partialBytes = this.#reader.end()
    this.#end({
      kind: 'remote',
      message: 'the other side ended the stream',
      ...(partialBytes > 0 ? { partialBytes } : {}),
    })
    void this.#release()
  }

  #fail(message: string, cause: Error): void {
    this.#end({ kind: 'error', message: `${message}: ${redact(cause.message)}`, cause })
    void this.#release()
  }

  #end(reason: CloseReason): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#reader.stop()
    this.onclose?.(reason)
  }

  #release(): Promise<void> {
    this.#releasing ??= this.#letGo()
    return this.#releasing
  }

  async #letGo(): Promise<void> {
    const [readable, writable] = [this.#readable, this.#writable]
    // A stream may still fail while it goes; nobody is interested any more.
    for (const stream of new Set<Readable | Writable>([readable, writable])) swallowErrors(stream)
    for (const unwatch of this.#unwatch) unwatch()
    readable.off('data', this.#onData)
    this.#writer.flush()
    const { promise: flushed, resolve } = deferred<void>()
    const unwatch = finished(writable, { readable: false }, () => resolve())
    if (!writable.writableEnded && !writable.destroyed) writable.end()
    await pTimeout(flushed, { milliseconds: this.#flushTimeoutMs, fallback: () => undefined })
    unwatch()
    writable.destroy()
    readable.destroy()
  }
}

/** Whether a stream was merely closed before its end, which tells no more than an end does. */
function isPremature(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE'
}

function swallowErrors(stream: Readable | Writable): void {
  if (stream.closed) return
  const ignore = () => {}
  stream.on('error', ignore)
  stream.once('close', () => stream.off('error', ignore))
}
