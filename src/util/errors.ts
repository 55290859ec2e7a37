/** Options that every error of the library accepts. */
export interface ConduitErrorOptions {
  /** What led to this error, kept as `error.cause`. */
  readonly cause?: unknown
}

/**
 * Base of every error this library throws or rejects with.
 *
 * Branch on `code`, a stable string; the message is for people and may change between releases.
 */
export abstract class ConduitError extends Error {
  /** Stable identifier of the error, for example `INVALID_INPUT`. */
  abstract readonly code: string

  constructor(message: string, options?: ConduitErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/**
 * An option or argument is wrong. Thrown at the call that received it, before anything is spawned,
 * sent or written.
 */
export class InvalidInputError extends ConduitError {
  readonly code = 'INVALID_INPUT'
  /** Path of the offending option, for example `timeoutMs` or `input[1].path`. */
  declare readonly option: string
  /** Type of the value that was given, for example `string` or `null`. The value itself is never kept. */
  declare readonly received: string
  /** What would have been accepted, in words. */
  declare readonly expected: string

  constructor(option: string, value: unknown, expected: string, options?: ConduitErrorOptions) {
    const received = describeType(value)
    super(`Invalid option \`${option}\`: expected ${expected}, received ${received}`, options)
    this.option = option
    this.received = received
    this.expected = expected
  }
}

/** An operation was given up because its `signal` was aborted; `cause` is the signal's reason. */
export class AbortedError extends ConduitError {
  readonly code = 'ABORTED'
  /** `false` for a request that was given up before it was sent: nothing was done. Otherwise not known. */
  declare readonly requestWritten: false | undefined

  constructor(what: string, options?: ConduitErrorOptions & { readonly requestWritten?: false }) {
    super(`${what} was aborted`, options)
    this.requestWritten = options?.requestWritten
    // The name that fetch, timers and streams use, so that generic handlers recognise it.
    this.name = 'AbortError'
  }
}

/** Names the type of a value the way an error message should: `null`, `array`, `NaN` or the `typeof`. */
export function describeType(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number' && Number.isNaN(value)) return 'NaN'
  if (typeof value === 'object') {
    const name = value.constructor?.name
    return name && name !== 'Object' ? name : 'object'
  }
  return typeof value
}
