import { deferred } from '../../util/deferred.js'
import type { RunRecord } from '../records/run-record.js'

/** What the running program knows of a run that has not ended, besides its record. */
export interface LiveRun {
  readonly stop: AbortController
  readonly ended: ReturnType<typeof deferred<RunRecord>>
  /** Whether it has its place in the queue, or is about to begin. */
  isQueued: boolean
  /** The writing of its creation or beginning that is under way. Never rejects. */
  writing: Promise<unknown>
  /** Somebody cancels it: it must not begin. */
  cancelling?: Promise<RunRecord> | undefined
}

/** A run of which nothing has happened yet. */
export function newLiveRun(): LiveRun {
  const ended = deferred<RunRecord>()
  // Nobody may wait for it.
  ended.promise.catch(() => {})
  return { stop: new AbortController(), ended, isQueued: false, writing: Promise.resolve() }
}
