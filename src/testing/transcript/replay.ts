import { TransportClosedError } from '../../rpc/errors.js'
import { encodeMessage } from '../../rpc/messages.js'
import type { CloseReason, Transport, WireMessage } from '../../rpc/transport.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkFunction, checkKnownKeys, checkOneOf, checkOptions } from '../../util/validate.js'
import { RecordedError, type TranscriptMismatchError } from './errors.js'
import { fieldMatcher } from './field-path.js'
import type { ClosedEntry, Transcript, TranscriptEntry } from './format.js'
import { type MessageMatcher, Playback, type ToldEntry } from './playback.js'

/** Fields whose values count by default in {@link replay}: what they say changes what the other side does. */
export const DEFAULT_EXACT_FIELDS: readonly string[] = [
  'action',
  'approvalPolicy',
  'decision',
  'error.code',
  'sandbox',
  'scope',
  'success',
  'type',
]

/** Options of {@link replay}. */
export interface ReplayOptions {
  /**
   * When messages are delivered: `instant` at once, `recorded` with the pauses of the recording, kept by
   * `setTimeout`, so that a fake clock drives them. A pause begins when what was sent before it has been sent.
   * @default 'instant'
   */
  readonly timing?: 'instant' | 'recorded' | undefined
  /**
   * Fields whose values must be the recorded ones, with all that they hold; of other fields only the kind of
   * the value counts. A name means the field anywhere, a path with dots (`params.input.*.type`) the one there.
   * @default DEFAULT_EXACT_FIELDS
   */
  readonly exact?: readonly string[] | undefined
  /** Fields that do not count, whether they are there or not; written like those of `exact`. @default [] */
  readonly ignore?: readonly string[] | undefined
  /**
   * Decides whether a message that was sent is the recorded one. It is asked about requests and notifications
   * of the same method, and answers to the same request; `undefined` leaves it to the comparison by shape.
   * What it throws is thrown by `send`. @default by shape
   */
  readonly match?: MessageMatcher | undefined
}

/** A transport whose other side is a transcript. */
export interface ReplayTransport extends Transport {
  /** Whether everything in the transcript has been sent and delivered; its end need not have come. */
  readonly done: boolean
  /** The entries that have not been sent or delivered, in order; the first is what the replay waits for. */
  readonly remaining: readonly TranscriptEntry[]
  /** Where the replay left the transcript, if it did. */
  readonly mismatch: TranscriptMismatchError | undefined
}

/**
 * Makes a transport that plays the other side of a recorded connection. It delivers what was received, in order,
 * each message after those that were sent before it, and holds what is sent against the transcript, by method
 * and shape: the same fields with the same kinds of values. Ids of requests may differ. At the first difference
 * it closes with an error whose `cause` is a `TranscriptMismatchError`.
 *
 * What was sent in a row may come in another order, and earlier than recorded. If a message never comes, nothing
 * more is delivered; `remaining` begins with it. Throws `InvalidInputError` for a wrong argument.
 */
export function replay(transcript: Transcript, options: ReplayOptions = {}): ReplayTransport {
  if (!Array.isArray((transcript as Partial<Transcript> | undefined)?.entries)) {
    throw new InvalidInputError('transcript', transcript, 'a transcript, as readTranscript gives it')
  }
  checkOptions('options', options)
  checkKnownKeys(options, { timing: true, exact: true, ignore: true, match: true })
  checkOneOf('timing', options.timing, ['instant', 'recorded'])
  checkFunction('match', options.match)
  const rules = {
    isExact: fieldMatcher('exact', options.exact ?? DEFAULT_EXACT_FIELDS),
    isIgnored: fieldMatcher('ignore', options.ignore ?? []),
  }
  return new Replay(new Playback(transcript, rules, options.match), options.timing === 'recorded')
}

class Replay implements ReplayTransport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly #playback: Playback
  readonly #isTimed: boolean
  #state: 'idle' | 'open' | 'closed' = 'idle'
  #mismatch: TranscriptMismatchError | undefined
  #isScheduled = false
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Up to where the pauses of the recording have been kept. */
  #playedMs = 0

  constructor(playback: Playback, isTimed: boolean) {
    this.#playback = playback
    this.#isTimed = isTimed
  }

  get done(): boolean {
    return this.remaining.every((entry) => entry.type === 'closed')
  }

  get remaining(): readonly TranscriptEntry[] {
    return this.#playback.remaining
  }

  get mismatch(): TranscriptMismatchError | undefined {
    return this.#mismatch
  }

  async start(): Promise<void> {
    if (this.#state === 'closed') throw new TransportClosedError()
    if (this.#state === 'open') return
    this.#state = 'open'
    this.#schedule()
  }

  send(message: WireMessage): void {
    if (this.#state !== 'open') throw new TransportClosedError()
    // As the other side would have read it.
    const sent = JSON.parse(encodeMessage(message)) as WireMessage
    if (this.#mismatch) return
    this.#mismatch = this.#playback.take(sent)
    this.#schedule()
  }

  async close(): Promise<void> {
    const next = this.#playback.next
    const isRecorded = next?.type === 'closed' && next.reason.kind === 'local'
    if (isRecorded) this.#playback.pass()
    this.#end(isRecorded ? toReason(next) : { kind: 'local', message: 'closed by this side' })
  }

  #schedule(): void {
    if (this.#isScheduled || this.#state !== 'open') return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.#play()
    })
  }

  /** Delivers up to the next message that is to be sent, or the next pause. */
  #play(): void {
    while (this.#state === 'open') {
      if (this.#mismatch) {
        const message = `the replay left its transcript: ${this.#mismatch.message}`
        this.#end({ kind: 'error', message, cause: this.#mismatch })
        return
      }
      if (this.#timer !== undefined) return
      this.#playedMs = Math.max(this.#playedMs, this.#playback.advance() ?? 0)
      const next = this.#playback.next
      if (!next || (next.type === 'closed' && next.reason.kind === 'local')) return
      if (this.#isTimed && this.#waits(next.atMs)) return
      this.#playback.pass()
      this.#tell(next)
    }
  }

  /** Whether a pause comes first; shorter ones than a millisecond are added up. */
  #waits(atMs: number): boolean {
    const pauseMs = Math.floor(atMs - this.#playedMs)
    if (pauseMs < 1) return false
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#playedMs += pauseMs
      this.#play()
    }, pauseMs)
    return true
  }

  #tell(entry: ToldEntry): void {
    switch (entry.type) {
      case 'received':
        this.onmessage?.(this.#playback.translate(entry.message))
        break
      case 'problem':
        this.onerror?.(new RecordedError(entry.error))
        break
      case 'closed':
        this.#end(toReason(entry))
    }
  }

  #end(reason: CloseReason): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.onclose?.(reason)
  }
}

function toReason({ reason }: ClosedEntry): CloseReason {
  const { cause, ...rest } = reason
  return cause === undefined ? rest : { ...rest, cause: new RecordedError(cause) }
}
