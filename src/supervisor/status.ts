import { classifyFailure, type Failure } from '../failures/index.js'
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
  /** How often changes of records could not be kept when they were made; `store` tells what is still missing. */
  readonly lostChanges: number
  /** Whether the disk has everything. */
  readonly store: {
    /** Records that the disk does not have as they are. They are written as soon as it takes them; 0 is good. */
    readonly unkeptRecords: number
    /** Why it does not take them; absent when it has all. */
    readonly failure?: Failure
  }
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
  const { behind, problem } = records
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
    store: { unkeptRecords: behind, ...(behind > 0 ? { failure: classifyFailure(problem) } : {}) },
  }
}

function countByStatus<Status extends string>(
  records: ReadonlyMap<string, { readonly status: Status }>,
): Partial<Record<Status, number>> {
  const counts: Partial<Record<Status, number>> = {}
  for (const { status } of records.values()) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
