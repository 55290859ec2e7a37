import { AlreadyIteratedError } from '../../util/async-queue.js'
import { onAbort } from '../../util/on-abort.js'
import type { EventLogEntry, LogEvent } from './event.js'
import type { EventCursor, EventPage } from './event-files.js'

/** The log as its readers see it. */
export interface EventSource {
  /** Number of the last event that lasts. */
  readonly lastSeq: number
  readonly isClosed: boolean
  /** A recent event. */
  recall(seq: number): LogEvent | undefined
  /** Events that are no longer recent. */
  read(seq: number, cursor: EventCursor | undefined): Promise<EventPage>
  /** Calls back after each event and when the log is closed. Returns a function that ends that. */
  watch(onChange: () => void): () => void
}

const DONE: IteratorResult<never, undefined> = { value: undefined, done: true }

/**
 * Reads a log from a number on and goes on with what is logged. It fetches one page at a time and nothing waits
 * for it in memory: a slow reader costs no more than a fast one, and skips nothing but what is rotated away.
 */
export class EventReader implements AsyncIterable<EventLogEntry> {
  readonly #source: EventSource
  readonly #signal: AbortSignal | undefined
  #next: number
  #page: readonly LogEvent[] = []
  #pageAt = 0
  #cursor: EventCursor | undefined
  #isIterated = false
  #isStopped = false
  #turn: Promise<unknown> = Promise.resolve()
  #wake = () => {}
  #leave = () => {}

  constructor(source: EventSource, after: number, signal: AbortSignal | undefined) {
    this.#source = source
    this.#next = after + 1
    this.#signal = signal
  }

  [Symbol.asyncIterator](): AsyncIterator<EventLogEntry, undefined> {
    if (this.#isIterated) throw new AlreadyIteratedError('The events of a log')
    this.#isIterated = true
    this.#enter()
    return {
      next: () => this.#inTurn(),
      return: async () => {
        this.#stop()
        return DONE
      },
    }
  }

  #enter(): void {
    const signal = this.#signal
    const stop = () => this.#stop()
    const unwatch = this.#source.watch(() => this.#wake())
    const unhear = signal && !signal.aborted ? onAbort(signal, stop) : undefined
    this.#leave = () => {
      unwatch()
      unhear?.()
    }
    if (signal?.aborted) stop()
  }

  #stop(): void {
    this.#isStopped = true
    this.#page = []
    this.#leave()
    this.#wake()
  }

  #inTurn(): Promise<IteratorResult<EventLogEntry, undefined>> {
    const result = this.#turn.then(() => this.#pull())
    // An error is met once; whoever asks again is at the end.
    this.#turn = result.catch(() => this.#stop())
    return result
  }

  async #pull(): Promise<IteratorResult<EventLogEntry, undefined>> {
    const source = this.#source
    while (!this.#isStopped) {
      const event = this.#page[this.#pageAt] ?? source.recall(this.#next)
      if (event && event.seq === this.#next) {
        this.#pageAt += 1
        this.#next += 1
        return { value: event, done: false }
      }
      if (this.#next <= source.lastSeq) {
        const gap = await this.#turnPage()
        if (gap && !this.#isStopped) return { value: gap, done: false }
      } else if (source.isClosed) {
        this.#stop()
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
    return DONE
  }

  async #turnPage(): Promise<EventLogEntry | undefined> {
    // Whatever is read ends with what lasts now.
    const page = await this.#source.read(this.#next, this.#cursor)
    this.#pageAt = 0
    if ('events' in page) {
      const [first] = page.events
      this.#page = page.events
      this.#cursor = page.cursor
      return first && first.seq > this.#next ? this.#skipTo(first.seq) : undefined
    }
    this.#page = []
    this.#cursor = undefined
    return this.#skipTo(page.nextSeq)
  }

  #skipTo(seq: number): EventLogEntry {
    const gap = { firstSeq: this.#next, lastSeq: seq - 1 }
    this.#next = seq
    return { gap }
  }
}
