import type { ExecEvent, ExecLagged } from './events.js'

/** Events that outlast the others: they say which session it was and how its turns ended. */
const KEPT: ReadonlySet<string> = new Set([
  'thread.started',
  'turn.started',
  'turn.completed',
  'turn.failed',
  'error',
])

/** Whether an event may be dropped to save memory. */
export function isDroppable(event: ExecEvent | ExecLagged): boolean {
  return !KEPT.has(event.type)
}

interface Entry {
  readonly event: ExecEvent
  readonly bytes: number
}

/** The events of a run in order, of which the oldest are dropped when they are too many bytes. */
export class EventLog {
  readonly #maxBytes: number
  #entries: Entry[] = []
  #bytes = 0
  #dropped = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** How many events are no longer there. */
  get dropped(): number {
    return this.#dropped
  }

  /** Adds an event that is so many bytes as JSON. */
  add(event: ExecEvent, bytes: number): void {
    this.#entries.push({ event, bytes })
    this.#bytes += bytes
    if (this.#bytes > this.#maxBytes) this.#shrink()
  }

  /** What is there, oldest first. */
  events(): ExecEvent[] {
    return this.#entries.map(({ event }) => event)
  }

  /** Drops down to half, so that the cost of looking stays constant for each event. */
  #shrink(): void {
    this.#drop(isDroppable)
    // Only a program that floods with ends and errors comes here.
    if (this.#bytes > this.#maxBytes * 0.75) this.#drop(() => true)
  }

  /** Drops the oldest of what may be, but never the newest of all. */
  #drop(mayDrop: (event: ExecEvent) => boolean): void {
    const enough = this.#maxBytes / 2
    const last = this.#entries.length - 1
    this.#entries = this.#entries.filter(({ event, bytes }, index) => {
      if (this.#bytes <= enough || index === last || !mayDrop(event)) return true
      this.#bytes -= bytes
      this.#dropped += 1
      return false
    })
  }
}
