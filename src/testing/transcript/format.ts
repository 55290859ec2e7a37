import type { CloseReason, WireMessage } from '../../rpc/transport.js'

/** The version of the transcript format that this library writes, and the highest it reads. */
export const TRANSCRIPT_VERSION = 1

/** First line of a transcript. */
export interface TranscriptHeader {
  /** The version of the format. */
  readonly transcript: number
  /** Whether secrets were removed from what follows. */
  readonly redacted: boolean
  /** What the recording is of: whatever its maker wanted to note. */
  readonly about?: Readonly<Record<string, unknown>>
}

/** What an entry of a transcript tells, whatever its type. */
interface EntryBase<Type extends string> {
  readonly type: Type
  /** When it happened, in milliseconds since the recorded transport was started; never falls. */
  readonly atMs: number
}

/** A message that the recorded side sent. */
export interface SentEntry extends EntryBase<'sent'> {
  readonly message: WireMessage
}

/** A message that the recorded side received. */
export interface ReceivedEntry extends EntryBase<'received'> {
  readonly message: WireMessage
}

/** An error as a transcript keeps it. */
export interface RecordedErrorData {
  readonly name: string
  readonly message: string
  readonly code?: string
}

/** Something went wrong without ending the connection: what the transport gave to `onerror`. */
export interface ProblemEntry extends EntryBase<'problem'> {
  readonly error: RecordedErrorData
}

/** The end of the connection. Nothing follows it. */
export interface ClosedEntry extends EntryBase<'closed'> {
  readonly reason: Omit<CloseReason, 'cause'> & { readonly cause?: RecordedErrorData }
}

/** One thing that happened on a recorded connection; one line of a transcript. */
export type TranscriptEntry = SentEntry | ReceivedEntry | ProblemEntry | ClosedEntry

/** What happened on one connection, in order. Plain data. */
export interface Transcript {
  readonly header: TranscriptHeader
  readonly entries: readonly TranscriptEntry[]
}

/** The number of the line that an entry stands on, from 1: the header is the first. */
export function lineOf(index: number): number {
  return index + 2
}
