import type { EventLevel, LogEvent } from './events/event.js'
import type { EventLog } from './events/event-log.js'

/** Logs something that has happened. Never throws: what cannot be logged is counted. */
export type Log = (level: EventLevel, type: string, message: string, detail?: unknown) => void

/** Receives each event of the log, without secrets. What it throws is dropped. */
export type SupervisorLogger = (event: LogEvent) => void

/** Makes the function by which the parts of a supervisor log. */
export function logTo(events: EventLog, onLost: () => void): Log {
  return (level, type, message, detail) => {
    try {
      events.append({ level, type, message, detail }).catch(onLost)
    } catch {
      // The log is closed.
      onLost()
    }
  }
}
