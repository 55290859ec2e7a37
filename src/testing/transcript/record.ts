import { createRedactor, type Redactor } from '../../redaction/index.js'
import { encodeMessage } from '../../rpc/messages.js'
import type { CloseReason, Transport, WireMessage } from '../../rpc/transport.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkFunction, checkKnownKeys, checkOptions } from '../../util/validate.js'
import { DeltaRedaction } from './delta-redaction.js'
import { TranscriptSinkError } from './errors.js'
import {
  type RecordedErrorData,
  TRANSCRIPT_VERSION,
  type TranscriptEntry,
  type TranscriptHeader,
} from './format.js'
import { checkSink, type OpenSink, openSink, type TranscriptSink } from './sink.js'

/** Options of {@link record}. */
export interface RecordOptions {
  /** Removes secrets from everything that is written, by the usual rules or by one's own. @default true */
  readonly redact?: boolean | Redactor | undefined
  /**
   * Changes each message, error and close reason before it is written and after it was redacted, for example
   * with {@link stableValues}. It gets plain data and returns plain data; the connection never sees it.
   * @default nothing is changed
   */
  readonly normalise?: ((value: unknown) => unknown) | undefined
  /** Noted in the header of the transcript, redacted like the rest: a version, what happens in it. */
  readonly about?: Readonly<Record<string, unknown>> | undefined
  /** The time in milliseconds; it should never fall. @default performance.now */
  readonly now?: (() => number) | undefined
}

/** What became of a recording. */
export interface RecordingSummary {
  /** How many entries were given to the sink; the header is none. */
  readonly entries: number
  /** Why the recording is incomplete; absent when it is whole. */
  readonly error?: TranscriptSinkError
}

/** A transport that writes down what passes through it. */
export interface RecordingTransport extends Transport {
  /** Resolves after the connection has ended and the sink has taken everything. Never rejects. */
  readonly recorded: Promise<RecordingSummary>
}

type Unstamped = TranscriptEntry extends infer E
  ? E extends TranscriptEntry
    ? Omit<E, 'atMs'>
    : never
  : never

/**
 * Wraps a transport so that all it carries is written to a transcript, one JSON line each: what this side
 * sends, what it receives, the problems, and why the connection ended. Secrets are removed by default, also those
 * that are cut over several deltas: what may begin one is written with a later delta, or with one of its own.
 *
 * The wrapper owns the transport: use it in the transport's place. A sink that fails, and a `normalise` that
 * throws, never disturb the connection: `onerror` gets one `TranscriptSinkError`, and nothing more is recorded,
 * since a transcript with a hole would mislead. Throws `InvalidInputError` for a wrong argument.
 */
export function record(
  transport: Transport,
  sink: TranscriptSink,
  options: RecordOptions = {},
): RecordingTransport {
  const { start, send, close } = (transport ?? {}) as Partial<Transport>
  if ([start, send, close].some((member) => typeof member !== 'function')) {
    throw new InvalidInputError('transport', transport, 'a Transport')
  }
  checkSink(sink)
  checkOptions('options', options)
  checkKnownKeys(options, { redact: true, normalise: true, about: true, now: true })
  checkFunction('normalise', options.normalise)
  checkFunction('now', options.now)
  checkOptions('about', options.about)
  return new Recorder(transport, sink, options, checkRedact(options.redact))
}

function checkRedact(option: unknown): (Pick<Redactor, 'redactJson'> & Partial<Redactor>) | undefined {
  if (option === false) return undefined
  if (option === undefined || option === true) return createRedactor()
  const redactor = option as Partial<Redactor> | null
  if (typeof redactor?.redactJson === 'function') return option as Redactor
  throw new InvalidInputError('redact', option, 'true, false or a redactor')
}

class Recorder implements RecordingTransport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly recorded: Promise<RecordingSummary>
  readonly #inner: Transport
  readonly #sink: TranscriptSink
  readonly #options: RecordOptions
  readonly #redact: ((value: unknown) => unknown) | undefined
  readonly #deltas: DeltaRedaction | undefined
  readonly #now: () => number
  #settle!: (summary: RecordingSummary | Promise<RecordingSummary>) => void
  #open: OpenSink | undefined
  #startedAt = 0
  #lastAt = 0
  #entries = 0
  #error: TranscriptSinkError | undefined
  #isEnded = false
  /** Lines that came while a message was being sent: they belong after it. */
  #held: (string | undefined)[] | undefined

  constructor(
    inner: Transport,
    sink: TranscriptSink,
    options: RecordOptions,
    redactor: (Pick<Redactor, 'redactJson'> & Partial<Redactor>) | undefined,
  ) {
    this.#inner = inner
    this.#sink = sink
    this.#options = options
    this.#redact = redactor && ((value) => redactor.redactJson(value))
    const { stream } = redactor ?? {}
    this.#deltas = redactor && stream && new DeltaRedaction({ stream: () => stream.call(redactor) })
    this.#now = options.now ?? (() => performance.now())
    this.recorded = new Promise((resolve) => {
      this.#settle = resolve
    })
    inner.onmessage = (message) => {
      for (const one of this.#deltas?.take(message) ?? [message]) this.#receive(one)
      this.onmessage?.(message)
    }
    inner.onerror = (error) => {
      this.#write(this.#line({ type: 'problem', error: toData(error) }))
      this.onerror?.(error)
    }
    inner.onclose = (reason) => this.#end(reason)
  }

  start(): Promise<void> {
    this.#begin()
    return this.#inner.start()
  }

  send(message: WireMessage): void | Promise<void> {
    // Written down before it is sent, as it is now; kept only if it was sent. An answer may come meanwhile.
    const line = this.#line({ type: 'sent', message })
    const outer = this.#held
    const held: (string | undefined)[] = []
    this.#held = held
    let isSent = false
    try {
      const drained = this.#inner.send(message)
      isSent = true
      return drained
    } finally {
      this.#held = outer
      if (isSent) this.#write(line)
      for (const later of held) this.#write(later)
    }
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #receive(message: WireMessage): void {
    this.#write(this.#line({ type: 'received', message }))
  }

  #end(reason: CloseReason): void {
    for (const kept of this.#deltas?.end() ?? []) this.#receive(kept)
    const { cause, ...rest } = reason
    this.#write(
      this.#line({ type: 'closed', reason: { ...rest, ...(cause ? { cause: toData(cause) } : {}) } }),
    )
    this.onclose?.(reason)
    this.#isEnded = true
    // In a task of its own: the lines of a send that ended the connection are still to be written.
    queueMicrotask(() => this.#settle(this.#finish()))
  }

  async #finish(): Promise<RecordingSummary> {
    try {
      await this.#open?.finish()
    } catch (error) {
      this.#fail('the sink of the transcript failed', error)
    }
    return { entries: this.#entries, ...(this.#error ? { error: this.#error } : {}) }
  }

  /** Opens the sink and writes the header. */
  #begin(): void {
    if (this.#open || this.#error) return
    this.#startedAt = this.#now()
    const { about } = this.#options
    try {
      this.#open = openSink(this.#sink, (error) => this.#fail('the sink of the transcript failed', error))
      const header: TranscriptHeader = {
        transcript: TRANSCRIPT_VERSION,
        redacted: this.#redact !== undefined,
        ...(about ? { about: this.#clean(about) as Readonly<Record<string, unknown>> } : {}),
      }
      this.#open.write(encodeMessage(header))
    } catch (error) {
      this.#fail('the sink of the transcript failed', error)
    }
  }

  /** An entry as the line that it becomes; `undefined` when it cannot be written. */
  #line(entry: Unstamped): string | undefined {
    if (this.#error) return undefined
    this.#begin()
    const { type, ...content } = entry
    this.#lastAt = Math.max(this.#lastAt, Math.round((this.#now() - this.#startedAt) * 1000) / 1000)
    try {
      const [[name, value]] = Object.entries(content) as [[string, unknown]]
      return encodeMessage({ type, atMs: this.#lastAt, [name]: this.#clean(value) })
    } catch (error) {
      this.#fail('an entry of the transcript cannot be written', error)
      return undefined
    }
  }

  #clean(value: unknown): unknown {
    const { normalise } = this.#options
    const redacted = this.#redact ? this.#redact(value) : value
    if (!normalise) return redacted
    // A copy: the connection shares no object with the caller's code.
    return normalise(this.#redact ? redacted : JSON.parse(encodeMessage(value as object)))
  }

  #write(line: string | undefined): void {
    if (line === undefined || this.#error || !this.#open) return
    if (this.#held) {
      this.#held.push(line)
      return
    }
    try {
      this.#open.write(line)
      this.#entries += 1
    } catch (error) {
      this.#fail('the sink of the transcript failed', error)
    }
  }

  #fail(message: string, cause: unknown): void {
    if (this.#error) return
    this.#error = new TranscriptSinkError(message, cause)
    // No callback comes after onclose; `recorded` tells in any case.
    if (!this.#isEnded) this.onerror?.(this.#error)
  }
}

function toData(error: Error): RecordedErrorData {
  const code: unknown = Reflect.get(error, 'code')
  return { name: error.name, message: error.message, ...(typeof code === 'string' ? { code } : {}) }
}
