import { createFailure } from '../../failures/index.js'
import type { Log } from '../log.js'
import type { RunRecord } from '../records/run-record.js'
import type { endProcess } from '../server/end-process.js'

/**
 * Ends the process of a run that an earlier program had begun, if it is still there, and resolves with the record of
 * the run: it has failed, and may have done anything. Never rejects.
 */
export async function endLeftRun(run: RunRecord, end: typeof endProcess, log: Log): Promise<RunRecord> {
  const { runId, pid, pidStart } = run
  const how = pid === undefined ? 'gone' : await end({ pid, start: pidStart })
  if (how !== 'gone')
    log('warn', 'run.orphan-ended', `A run of an earlier program was ended: ${how}`, { runId, pid })
  const failure = createFailure('backend-failed', 'The program that had started the run ended before it', {
    phase: 'exec',
    sideEffectsPossible: true,
  })
  return { ...run, status: 'failed', failure }
}
