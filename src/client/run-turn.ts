import type { RunTurnOptions, RunTurnResult } from './run-turn-options.js'

/**
 * Starts a Codex, starts or resumes a thread, runs one turn and ends everything again. Always resolves, also
 * for wrong options, and never rejects; nothing is left running.
 */
export async function runTurn<Output = undefined>(
  options: RunTurnOptions<Output>,
): Promise<RunTurnResult<Output>> {
  const { runOneShot } = await import('./one-shot.js')
  return runOneShot(options)
}
