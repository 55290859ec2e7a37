import type { ExecOutcome } from '../../exec/index.js'
import type { RunRecord, RunStatus, RunSummary } from '../records/run-record.js'
import { recordText } from '../turns/summary.js'

/** The record of a run that has an outcome. */
export function endedRecord(record: RunRecord, outcome: ExecOutcome<unknown>): RunRecord {
  const summary = summarise(outcome)
  if (outcome.ok) return { ...record, status: 'completed', summary }
  const { code, message } = outcome.error
  const status: RunStatus = code === 'CODEX_EXEC_CANCELLED' ? 'cancelled' : 'failed'
  return { ...record, status, summary, error: { code, message }, failure: outcome.failure }
}

function summarise({ result }: ExecOutcome<unknown>): RunSummary {
  const { lastMessage, threadId, exitCode, signal, timedOut, durationMs, usage } = result
  return {
    lastMessage: lastMessage === undefined ? undefined : recordText(lastMessage),
    threadId,
    exitCode,
    signal,
    timedOut,
    durationMs,
    totalTokens: usage?.totalTokens,
  }
}
