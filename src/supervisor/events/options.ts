import type { Redactor } from '../../redaction/index.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkFunction, checkInteger, checkKnownKeys, checkOptions } from '../../util/validate.js'
import type { PersistenceError } from '../files/errors.js'

/** Something about its files that the owner of an event log may want to know. */
export type EventLogReport =
  /** The last write was stopped half way, before it was acknowledged, and was taken away. */
  | { readonly type: 'end-cut'; readonly bytes: number }
  /** Some events could not be written; their numbers go to others. */
  | { readonly type: 'events-not-kept'; readonly events: number; readonly error: PersistenceError }

/** Options of {@link openEventLog} and {@link memoryEventLog}. */
export interface EventLogOptions {
  /** Bytes from which the next file begins. @default 4_194_304 */
  readonly maxFileBytes?: number | undefined
  /** How many files are kept, the one that is written to included: at least 2. @default 8 */
  readonly maxFiles?: number | undefined
  /** How many events are kept in memory: at least 1. @default 256 */
  readonly recentEvents?: number | undefined
  /**
   * Most bytes that an event takes, from 2048. One that would take more loses its detail, then most of its
   * message. @default 65_536
   */
  readonly maxEventBytes?: number | undefined
  /** Removes the secrets from each event before it is written or told. @default what `createRedactor()` makes */
  readonly redactor?: Redactor | undefined
  /** Told what happened to the files. What it throws is ignored. */
  readonly onReport?: ((report: EventLogReport) => void) | undefined
}

/** Options as they were checked. */
export interface EventLogSettings {
  readonly maxFileBytes: number
  readonly maxFiles: number
  readonly recentEvents: number
  readonly maxEventBytes: number
  readonly redactor: Redactor | undefined
  readonly onReport: ((report: EventLogReport) => void) | undefined
}

/** Bounds of an event log by default. */
export const DEFAULT_EVENT_LOG = {
  maxFileBytes: 4_194_304,
  maxFiles: 8,
  recentEvents: 256,
  maxEventBytes: 65_536,
} as const

const KNOWN: Readonly<Record<keyof EventLogOptions, true>> = {
  maxFileBytes: true,
  maxFiles: true,
  recentEvents: true,
  maxEventBytes: true,
  redactor: true,
  onReport: true,
}

/** Checks options. Throws `InvalidInputError`. */
export function checkEventLogOptions(options: EventLogOptions): EventLogSettings {
  checkOptions('options', options)
  checkKnownKeys(options, KNOWN)
  checkFunction('onReport', options.onReport)
  checkRedactor(options.redactor)
  const bound = (name: keyof typeof DEFAULT_EVENT_LOG, min: number) =>
    checkInteger(name, options[name], DEFAULT_EVENT_LOG[name], min)
  return {
    maxFileBytes: bound('maxFileBytes', 1),
    maxFiles: bound('maxFiles', 2),
    recentEvents: bound('recentEvents', 1),
    maxEventBytes: bound('maxEventBytes', 2_048),
    redactor: options.redactor,
    onReport: safely(options.onReport),
  }
}

/** Checks that a value is a redactor or absent. Throws `InvalidInputError`. */
export function checkRedactor(redactor: unknown): void {
  if (redactor === undefined) return
  const methods = ['redact', 'redactJson', 'stream'] as const
  const isRedactor =
    typeof redactor === 'object' &&
    redactor !== null &&
    methods.every((name) => typeof (redactor as Record<string, unknown>)[name] === 'function')
  if (!isRedactor) throw new InvalidInputError('redactor', redactor, 'a redactor of createRedactor()')
}

/** An observer cannot break what it observes. */
function safely<T>(observer: ((value: T) => void) | undefined): ((value: T) => void) | undefined {
  if (observer === undefined) return undefined
  return (value) => {
    try {
      observer(value)
    } catch {
      // See above.
    }
  }
}
