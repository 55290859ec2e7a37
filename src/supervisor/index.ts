export type {
  ApprovalDecision,
  ApprovalHook,
  ApprovalPolicy,
  ApprovalRequest,
} from '../approvals/index.js'
export type { TurnEvent, TurnInput, TurnResult } from '../client/index.js'
export type { Failure } from '../failures/index.js'
export { ConduitError, InvalidInputError } from '../util/errors.js'
export type { InboxEvents, InboxOptions, ParkedApproval } from './approvals/inbox.js'
export { ApprovalInbox, DEFAULT_APPROVAL_EXPIRY_MS, inbox } from './approvals/inbox.js'
export {
  ApprovalNotFoundError,
  OrphanSurvivedError,
  RunNotFoundError,
  RunQueueFullError,
  ServerNotReadyError,
  SessionBusyError,
  SessionClosedError,
  SessionExistsError,
  SessionLostError,
  SessionNotFoundError,
  SessionWithoutThreadError,
  SupervisorClosedError,
  TurnMismatchError,
} from './errors.js'
export type { EventGap, EventLevel, EventLogEntry, LogEvent, NewEvent } from './events/event.js'
export type { EventLog, EventsOptions } from './events/event-log.js'
export { memoryEventLog, openEventLog } from './events/event-log.js'
export type { EventLogOptions, EventLogReport } from './events/options.js'
export { DEFAULT_EVENT_LOG } from './events/options.js'
export type { TextLog, TextLogOptions, TextLogReport } from './events/text-log.js'
export { DEFAULT_TEXT_LOG, openTextLog } from './events/text-log.js'
export {
  DamagedFileError,
  FolderLockedError,
  NewerFileError,
  NotOpenError,
  PersistenceError,
} from './files/errors.js'
export type { HealthCheck, HealthReport, HealthStatus } from './health/check.js'
export { formatHealth } from './health/check.js'
export { TESTED_CODEX_VERSION } from './health/codex-version.js'
export type { DoctorOptions } from './health/doctor.js'
export { doctor } from './health/doctor.js'
export { runSmoke } from './health/smoke.js'
export type { SupervisorLogger } from './log.js'
export type { SupervisorLimits, SupervisorOptions } from './options.js'
export { DEFAULT_SUPERVISOR_LIMITS } from './options.js'
export type { SupervisorKinds } from './records/kinds.js'
export type { RunRecord, RunRequest, RunResult, RunStatus, RunSummary } from './records/run-record.js'
export type { SessionRecord, SessionStatus, ThreadSettings } from './records/session-record.js'
export type { ConnectionDiagnosis, TurnRecord, TurnRecordStatus } from './records/turn-record.js'
export { MAX_TEXT_LENGTH } from './records/turn-record.js'
export type { CreateRunOptions } from './runs/options.js'
export type { ExecRunner } from './runs/runs.js'
export type { ChildEnvironment, ClientFactory, Spawner, SpawnRequest } from './server/connect.js'
export type { ExternalServerOptions, ServerOptions, SpawnServerOptions } from './server/options.js'
export type { RestartOptions } from './server/restart-policy.js'
export { DEFAULT_RESTART } from './server/restart-policy.js'
export type { ServerState } from './server/server-loop.js'
export type { ServerProcess } from './server/server-process.js'
export type { CreateSessionOptions, RegisterSessionOptions } from './sessions/options.js'
export type { SupervisorStatus } from './status.js'
export { MigrationError, RecordNotFoundError } from './store/errors.js'
export type { FileStoreOptions } from './store/file-store.js'
export { DEFAULT_COMPACT_ABOVE_BYTES, fileStore } from './store/file-store.js'
export type { MemoryStoreOptions } from './store/memory-store.js'
export { memoryStore } from './store/memory-store.js'
export type { StoreReport } from './store/reports.js'
export type {
  Change,
  KindOf,
  MigratingRecord,
  Migration,
  Patch,
  RecordKinds,
  Store,
  StoredRecord,
  StoreSchema,
} from './store/store.js'
export { Supervisor } from './supervisor.js'
export type { CreateTurnOptions } from './turns/options.js'
export type { SupervisedTurn } from './turns/turn-book.js'
