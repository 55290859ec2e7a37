import { ConduitError } from '../../util/errors.js'
import type { Difference } from './compare.js'
import type { RecordedErrorData } from './format.js'

/** A text is no transcript, or a line of it is not what it should be. */
export class TranscriptFormatError extends ConduitError {
  readonly code = 'TRANSCRIPT_INVALID'
  /** Number of the bad line, from 1. */
  readonly line: number

  constructor(line: number, problem: string) {
    super(`line ${line} of the transcript: ${problem}`)
    this.line = line
  }
}

/** The sink of a recording failed; what it was given from then on is lost, and the connection goes on. */
export class TranscriptSinkError extends ConduitError {
  readonly code = 'TRANSCRIPT_SINK_FAILED'

  constructor(message: string, cause: unknown) {
    super(message, { cause })
  }
}

/** What a {@link TranscriptMismatchError} knows about the place where a replay left its transcript. */
export interface TranscriptMismatch {
  /** The line of the transcript that was expected, from 1; `undefined` when nothing more was. */
  readonly line: number | undefined
  /** The message of that line. */
  readonly expected: unknown
  /** What was sent in its place, its secrets removed. */
  readonly received: unknown
  /** How the two differ; empty when they have different methods. */
  readonly differences: readonly Difference[]
}

/** The program under test sent something else than the transcript has. The message says what, over several lines. */
export class TranscriptMismatchError extends ConduitError implements TranscriptMismatch {
  readonly code = 'TRANSCRIPT_MISMATCH'
  readonly line: number | undefined
  readonly expected: unknown
  readonly received: unknown
  readonly differences: readonly Difference[]

  constructor(message: string, mismatch: TranscriptMismatch) {
    super(message)
    this.line = mismatch.line
    this.expected = mismatch.expected
    this.received = mismatch.received
    this.differences = mismatch.differences
  }
}

/** Stands in a replay for an error that the recorded transport reported or ended with. */
export class RecordedError extends ConduitError {
  readonly code = 'RECORDED_ERROR'
  /** Name of the error that was recorded, for example `NoiseLineError`. */
  readonly recordedName: string
  /** The `code` that the recorded error had, if it had one. */
  readonly recordedCode: string | undefined

  constructor({ name, message, code }: RecordedErrorData) {
    super(message)
    this.recordedName = name
    this.recordedCode = code
  }
}
