export type { EventGap, EventLevel, EventLogEntry, LogEvent, NewEvent } from './events/event.js'
export type { EventLog, EventsOptions } from './events/event-log.js'
export { memoryEventLog, openEventLog } from './events/event-log.js'
export type { EventLogOptions, EventLogReport } from './events/options.js'
export { DEFAULT_EVENT_LOG } from './events/options.js'
export {
  DamagedFileError,
  FolderLockedError,
  NewerFileError,
  NotOpenError,
  PersistenceError,
} from './files/errors.js'
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
