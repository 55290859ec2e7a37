import type { RecordChange } from '../records/records.js'
import type { RunRecord, RunRequest } from '../records/run-record.js'
import { summariseText } from '../turns/summary.js'

/** The record of a run that is to be queued. */
export function newRun(runId: string, request: RunRequest): RunRecord {
  const createdAt = new Date().toISOString()
  const { purpose, metadata, prompt, review, cwd, model } = request
  return {
    runId,
    status: 'queued',
    purpose,
    promptSummary: summariseText(prompt ?? (review === undefined ? '' : 'review')),
    cwd,
    model,
    metadata,
    createdAt,
    updatedAt: createdAt,
  }
}

/** A record with the time of its end. */
export function endedNow(record: RunRecord): RunRecord {
  const now = new Date().toISOString()
  return { ...record, pid: undefined, pidStart: undefined, updatedAt: now, finishedAt: now }
}

/** What keeps the end of a run. */
export function endOf(ended: RunRecord): RecordChange[] {
  return [put(ended), { type: 'delete', kind: 'run-request', key: ended.runId }]
}

/** What keeps a record. */
export function put(value: RunRecord): RecordChange {
  return { type: 'put', kind: 'run', key: value.runId, value }
}
