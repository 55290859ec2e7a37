import { ExecRun } from './exec-run.js'
import type { ExecOutcome } from './outcome.js'
import type { ExecRequest } from './request.js'

/**
 * Runs `codex exec` once, in a process of its own. Always resolves, also for a wrong request, and never rejects;
 * no process and no temporary file is left.
 */
export function runExec<Output = undefined>(request: ExecRequest<Output>): Promise<ExecOutcome<Output>> {
  return new ExecRun<Output>(request).execute()
}
