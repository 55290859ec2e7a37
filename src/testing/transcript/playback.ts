import type { RequestId } from '../../rpc/messages.js'
import type { WireMessage } from '../../rpc/transport.js'
import { type ComparisonRules, compareShapes, type Difference } from './compare.js'
import type { TranscriptMismatchError } from './errors.js'
import type { SentEntry, Transcript, TranscriptEntry } from './format.js'
import { mismatch } from './mismatch-text.js'

/** Decides about two messages of the same method, or leaves it to their shapes. */
export type MessageMatcher = (recorded: WireMessage, sent: WireMessage) => boolean | undefined

/** A message that the program under test is to send. */
interface ExpectStep {
  readonly kind: 'expect'
  readonly entry: number
  readonly atMs: number
  readonly message: Message
  /** What was sent for it. */
  met: Message | undefined
}

/** What the program under test is told. */
export type ToldEntry = Exclude<TranscriptEntry, SentEntry>

/** Something that the program under test is told. */
interface TellStep {
  readonly kind: 'tell'
  readonly entry: number
  readonly atMs: number
  readonly what: ToldEntry
}

interface Message {
  readonly id?: RequestId | null
  readonly method?: string
  readonly error?: unknown
}

/**
 * Where a replay stands in its transcript. What was received is told in the recorded order, each after what had
 * been sent before it. What is sent may come earlier than recorded, but in the recorded order; messages that
 * were sent with nothing received between them may change places, and answers may come at any time.
 */
export class Playback {
  readonly #transcript: Transcript
  readonly #steps: readonly (ExpectStep | TellStep)[]
  readonly #rules: ComparisonRules
  readonly #match: MessageMatcher | undefined
  /** Ids of requests as they were recorded → as they were sent now. */
  readonly #ids = new Map<RequestId, RequestId>()
  #at = 0

  constructor(transcript: Transcript, rules: ComparisonRules, match: MessageMatcher | undefined) {
    this.#transcript = transcript
    this.#steps = transcript.entries.flatMap(toSteps)
    this.#rules = rules
    this.#match = match
  }

  /** The entries that are still to be sent or told. */
  get remaining(): readonly TranscriptEntry[] {
    const open = new Set<number>()
    for (const step of this.#steps.slice(this.#at)) {
      if (step.kind === 'tell' || !step.met) open.add(step.entry)
    }
    return [...open].map((index) => this.#transcript.entries[index] as TranscriptEntry)
  }

  /** What is to be told now; `undefined` while something is to be sent first, and at the end. */
  get next(): ToldEntry | undefined {
    const step = this.#steps[this.#at]
    return step?.kind === 'tell' ? step.what : undefined
  }

  /** Goes on to what is to be told next. Returns when in the recording the last message before it was sent. */
  advance(): number | undefined {
    let sentAtMs: number | undefined
    for (;;) {
      const step = this.#steps[this.#at]
      if (step?.kind !== 'expect' || !step.met) return sentAtMs
      const { id, method } = step.message
      if (method !== undefined && id !== undefined && id !== null) this.#ids.set(id, step.met.id as RequestId)
      sentAtMs = step.atMs
      this.#at += 1
    }
  }

  /** Marks as told what was to be told. */
  pass(): void {
    this.#at += 1
  }

  /** A received message as it is to be told now: a copy, with the ids of this replay. */
  translate(message: WireMessage): WireMessage {
    const copy = structuredClone(message)
    for (const part of Array.isArray(copy) ? copy : [copy]) {
      const { id, method } = part as Message
      if (method !== undefined || id === undefined || id === null) continue
      const now = this.#ids.get(id)
      if (now !== undefined) Reflect.set(part as object, 'id', now)
    }
    return copy
  }

  /** Takes a message that was sent. Returns what is wrong when the transcript does not have it here. */
  take(sent: WireMessage): TranscriptMismatchError | undefined {
    for (const part of partsOf(sent)) {
      const wrong = this.#takeOne(part)
      if (wrong) return wrong
    }
    return undefined
  }

  #takeOne(sent: Message): TranscriptMismatchError | undefined {
    const candidates = sent.method === undefined ? this.#answersTo(sent.id) : this.#calls()
    const alike = candidates.filter(({ message }) => message.method === sent.method)
    let closest: readonly Difference[] | undefined
    for (const step of alike) {
      const differences = this.#compare(step.message, sent)
      if (differences.length === 0) {
        step.met = sent
        return undefined
      }
      closest ??= differences
    }
    return mismatch(alike[0] ?? candidates[0] ?? this.#firstOpen(), sent, closest ?? [])
  }

  #compare(recorded: Message, sent: Message): Difference[] {
    const isMatch = this.#match?.(recorded, sent)
    if (isMatch === true) return []
    const differences = compareShapes(withoutId(recorded), withoutId(sent), this.#rules)
    if (isMatch === false && differences.length === 0) {
      return [{ path: 'the whole message', difference: 'value', recorded, sent }]
    }
    return differences
  }

  /** The calls that may come now: those up to the next message that was received. */
  #calls(): ExpectStep[] {
    const calls: ExpectStep[] = []
    for (let at = this.#at; at < this.#steps.length; at += 1) {
      const step = this.#steps[at] as ExpectStep | TellStep
      if (step.kind === 'tell') {
        if (calls.length > 0) return calls
      } else if (!step.met && step.message.method !== undefined) {
        calls.push(step)
      }
    }
    return calls
  }

  /** Answers wait for their request, so that their id is enough. */
  #answersTo(id: unknown): ExpectStep[] {
    const isAnswer = (step: ExpectStep) => step.message.method === undefined && step.message.id === id
    const answer = this.#steps.find((step) => step.kind === 'expect' && !step.met && isAnswer(step))
    return answer ? [answer as ExpectStep] : []
  }

  #firstOpen(): ExpectStep | undefined {
    return this.#steps.find((step): step is ExpectStep => step.kind === 'expect' && !step.met)
  }
}

function toSteps(entry: TranscriptEntry, index: number): (ExpectStep | TellStep)[] {
  const { atMs } = entry
  if (entry.type !== 'sent') return [{ kind: 'tell', entry: index, atMs, what: entry }]
  return partsOf(entry.message).map((message) => ({
    kind: 'expect' as const,
    entry: index,
    atMs,
    message,
    met: undefined,
  }))
}

function partsOf(message: WireMessage): readonly Message[] {
  return (Array.isArray(message) ? message : [message]) as readonly Message[]
}

/** Ids are given anew in each run; whether there is one, and so an answer, counts. */
function withoutId(message: Message): object {
  const { id, ...rest } = message
  return id === undefined ? rest : { id: '', ...rest }
}
