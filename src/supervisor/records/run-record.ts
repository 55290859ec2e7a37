import type { ExecErrorCode, ExecOutcome, ExecRequest } from '../../exec/index.js'
import type { Failure } from '../../failures/index.js'

/** How a run stands. The last three are final. */
export type RunStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled'

/** A request that can wait on the disk: JSON data, without what only a running program has. */
export type RunRequest = Omit<ExecRequest, 'env' | 'signal' | 'onSpawn' | 'outputSchema'> & {
  /** Shape of the answer as a JSON schema in strict form. */
  readonly outputSchema?: Readonly<Record<string, unknown>> | undefined
}

/** What is told of a run that has ended. */
export interface RunSummary {
  /** The last message of the agent, secrets removed, at most `MAX_TEXT_LENGTH` characters. */
  readonly lastMessage?: string | undefined
  readonly threadId?: string | undefined
  readonly exitCode: number | null
  readonly signal: string | null
  readonly timedOut: boolean
  readonly durationMs: number
  /** Tokens of the session in all. */
  readonly totalTokens?: number | undefined
}

/** A job for `codex exec`. Plain data. */
export interface RunRecord {
  readonly runId: string
  readonly status: RunStatus
  readonly purpose?: string | undefined
  /** The beginning of its prompt, secrets removed. */
  readonly promptSummary: string
  readonly cwd?: string | undefined
  readonly model?: string | undefined
  /** Process that runs it. */
  readonly pid?: number | undefined
  /** Tells that process from others that get its number later. */
  readonly pidStart?: string | undefined
  readonly summary?: RunSummary | undefined
  readonly error?: { readonly code: ExecErrorCode; readonly message: string } | undefined
  /** Why it did not complete. */
  readonly failure?: Failure | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** UTC, as ISO 8601 writes it. */
  readonly createdAt: string
  readonly updatedAt: string
  readonly startedAt?: string | undefined
  readonly finishedAt?: string | undefined
}

/** All of what a run brought, secrets removed. */
export type RunResult = ExecOutcome<unknown>

/** Whether a run has ended. */
export function isRunOver(status: RunStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}
