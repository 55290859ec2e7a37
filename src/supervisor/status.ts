import type { Failure } from '../failures/index.js'
import type { Records } from './records/records.js'
import type { RunStatus } from './records/run-record.js'
import type { SessionStatus } from './records/session-record.js'
import type { TurnRecordStatus } from './records/turn-record.js'
import type { ServerLoop, ServerState } from './server/server-loop.js'

/** How a supervisor stands. Plain data. */
export interface SupervisorStatus {
  readonly server: {
    readonly state: ServerState
    /** Where it is, without secrets; absent while there is none. */
    readonly endpoint?: string
    /** Process number, when this program started it. */
    readonly pid?: number
    /** What the server calls itself, with its version. */
    readonly userAgent?: string
    /** How often it was started again. */
    readonly restarts: number
    /** Why there is none. */
    readonly failure?: Failure
  }
  /** How many sessions there are of each status. */
  readonly sessions: Readonly<Partial<Record<SessionStatus, number>>>
  readonly turns: Readonly<Partial<Record<TurnRecordStatus, number>>>
  readonly runs: Readonly<Partial<Record<RunStatus, number>>>
  /** Approvals that wait in the inbox. */
  readonly parkedApprovals: number
  readonly lastEventSeq: number
  /** Events that could not be kept. */
  readonly lostEvents: number
  /** Changes of records that could not be kept: memory is ahead of the disk. */
  readonly lostChanges: number
}

/** What {@link describeStatus} reads. */
export interface StatusSources {
  readonly loop: ServerLoop
  readonly records: Records
  readonly parkedApprovals: number
  readonly lastEventSeq: number
  readonly lostEvents: number
  readonly lostChanges: number
}

/** Says how everything stands. */
export function describeStatus({ loop, records, ...counts }: StatusSources): SupervisorStatus {
  const { state, link, restarts, failure } = loop
  return {
    server: {
      state,
      ...(link && { endpoint: link.endpoint, userAgent: link.client.server.userAgent }),
      ...(link?.pid === undefined ? {} : { pid: link.pid }),
      restarts,
      ...(failure && state !== 'ready' ? { failure } : {}),
    },
    sessions: countByStatus(records.sessions),
    turns: countByStatus(records.turns),
    runs: countByStatus(records.runs),
    ...counts,
  }
}

function countByStatus<Status extends string>(
  records: ReadonlyMap<string, { readonly status: Status }>,
): Partial<Record<Status, number>> {
  const counts: Partial<Record<Status, number>> = {}
  for (const { status } of records.values()) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
