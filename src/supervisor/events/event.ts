/** How much an event matters. */
export type EventLevel = 'debug' | 'info' | 'warn' | 'error'

/** All levels, the least first. */
export const EVENT_LEVELS: readonly EventLevel[] = ['debug', 'info', 'warn', 'error']

/** An event to be logged. */
export interface NewEvent {
  /** @default 'info' */
  readonly level?: EventLevel
  /** What happened, in the dotted names of the program that logs: at most 200 characters. */
  readonly type: string
  /** What happened, in words. */
  readonly message: string
  /** Anything more; what JSON cannot say becomes a short description. @default none */
  readonly detail?: unknown
}

/** An event of the log. Its texts hold no secrets. */
export interface LogEvent {
  readonly gap?: undefined
  /** 1 for the first event that a log ever had, and one more for each that follows, also after a restart. */
  readonly seq: number
  /** When it was logged: UTC, as ISO 8601 writes it. */
  readonly time: string
  readonly level: EventLevel
  readonly type: string
  readonly message: string
  /** Plain JSON data; absent when there is none. `{ omittedBytes }` where it was too long. */
  readonly detail?: unknown
}

/** Stands in a replay for events that the log no longer has. */
export interface EventGap {
  readonly gap: {
    /** Number of the first event that is missing. */
    readonly firstSeq: number
    /** Number of the last one. */
    readonly lastSeq: number
  }
}

/** What a reader of the log meets. */
export type EventLogEntry = LogEvent | EventGap
