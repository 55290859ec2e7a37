import type { ExecResult } from '../protocol/index.js'

/** Where output comes from. `pty` carries both streams of a process that has a terminal. */
export type OutputStreamName = 'stdout' | 'stderr' | 'pty'

/** A chunk of output, decoded. */
export interface OutputEvent {
  readonly kind: 'output'
  readonly stream: OutputStreamName
  readonly bytes: Buffer
}

/** The process has exited; output may still come. */
export interface ExitedEvent {
  readonly kind: 'exited'
  readonly exitCode: number
  readonly sandboxDenied: boolean
}

/** Nothing more comes of the process. */
export interface ClosedEvent {
  readonly kind: 'closed'
}

/** What a server tells of a process. */
export type ProcessEvent = OutputEvent | ExitedEvent | ClosedEvent

/** An event with its number; v0 has none. */
export interface NumberedEvent {
  readonly processId: string
  readonly seq: number | undefined
  readonly event: ProcessEvent
}

/**
 * Reads a notification about a process; `undefined` for any other, and for one that is malformed. Written by hand:
 * all output passes here.
 */
export function readNotification(method: string, params: unknown): NumberedEvent | undefined {
  if (typeof params !== 'object' || params === null) return undefined
  const { processId, seq, stream, chunk, exitCode, sandboxDenied } = params as Record<string, unknown>
  if (typeof processId !== 'string' || !isSequence(seq)) return undefined
  if (method === 'process/output') {
    if (typeof chunk !== 'string' || !isStream(stream)) return undefined
    return { processId, seq, event: { kind: 'output', stream, bytes: Buffer.from(chunk, 'base64') } }
  }
  if (method === 'process/exited') {
    if (!Number.isInteger(exitCode)) return undefined
    const event = {
      kind: 'exited',
      exitCode: exitCode as number,
      sandboxDenied: sandboxDenied === true,
    } as const
    return { processId, seq, event }
  }
  return method === 'process/closed' ? { processId, seq, event: CLOSED } : undefined
}

/** The end of a process. */
export const CLOSED: ClosedEvent = { kind: 'closed' }

/** The chunks of a read as events, with their numbers. */
export function readChunks({ chunks }: ExecResult<'process/read'>): (readonly [number, OutputEvent])[] {
  return chunks.map(({ seq, stream, chunk }) => [
    seq,
    { kind: 'output', stream, bytes: Buffer.from(chunk, 'base64') },
  ])
}

function isSequence(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value > 0)
}

function isStream(value: unknown): value is OutputStreamName {
  return value === 'stdout' || value === 'stderr' || value === 'pty'
}
