import type { RunRecord, RunRequest } from './run-record.js'
import type { SessionRecord } from './session-record.js'
import type { TurnRecord } from './turn-record.js'

/** The kinds of records that a supervisor keeps in its store. */
export interface SupervisorKinds {
  session: SessionRecord
  turn: TurnRecord
  run: RunRecord
  /** What a run that has not ended is to do, by its `runId`. Not redacted. */
  'run-request': RunRequest
}
