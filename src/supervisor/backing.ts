import path from 'node:path'
import { type EventLog, memoryEventLog, openEventLog } from './events/event-log.js'
import type { SupervisorSettings } from './options.js'
import type { SupervisorKinds } from './records/kinds.js'
import { fileResults, memoryResults, type RunResults } from './runs/results.js'
import { fileStore } from './store/file-store.js'
import { memoryStore } from './store/memory-store.js'
import type { Store } from './store/store.js'

/** Where a supervisor keeps what must outlive it. */
export interface Backing {
  readonly store: Store<SupervisorKinds>
  readonly events: EventLog
  readonly results: RunResults
  /** Lets everything go. Never rejects. */
  close(): Promise<void>
}

/** Opens the store and the log. Rejects as they do, and leaves nothing open then. */
export async function openBacking(settings: SupervisorSettings): Promise<Backing> {
  const { directory, eventLog } = settings
  const inFolder = (name: string) => path.join(directory ?? '', name)
  const store =
    settings.store ??
    (directory === undefined ? memoryStore<SupervisorKinds>() : fileStore<SupervisorKinds>(inFolder('state')))
  await store.open()
  try {
    const events =
      directory === undefined ? memoryEventLog(eventLog) : await openEventLog(inFolder('events'), eventLog)
    return {
      store,
      events,
      results: directory === undefined ? memoryResults() : fileResults(inFolder('runs')),
      async close() {
        await store.close()
        await events.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
