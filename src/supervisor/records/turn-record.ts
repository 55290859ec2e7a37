import type { TurnUsage } from '../../client/index.js'
import type { Failure } from '../../failures/index.js'

/** How a turn stands: `starting` until Codex has told that it runs. The last three are final. */
export type TurnRecordStatus = 'starting' | 'running' | 'completed' | 'interrupted' | 'failed'

/** What is known about the end of the connection that cut a turn off. */
export interface ConnectionDiagnosis {
  /** Exit code of the server, when this program started it and it exited by itself. */
  readonly exitCode?: number | undefined
  /** Signal that ended the server. */
  readonly signal?: string | undefined
  /** Whether the connection ended within a message, which was then dropped. */
  readonly partialMessage: boolean
  /** Bytes of that message that had come; 0 without one. */
  readonly partialBytes: number
  /** How the turn stood. */
  readonly statusAtClose: TurnRecordStatus
}

/** A turn of a session. Plain data. */
export interface TurnRecord {
  /** Key of the record. Codex gets it as `clientUserMessageId`. */
  readonly id: string
  readonly sessionId: string
  readonly threadId: string
  /** Id by which Codex knows the turn, once it has told. */
  readonly turnId?: string | undefined
  readonly status: TurnRecordStatus
  /** The beginning of its input, secrets removed. */
  readonly inputSummary: string
  /** How often it was steered. */
  readonly steers: number
  /** How often Codex told that it tries again by itself. */
  readonly retries: number
  /** The last message of the agent, secrets removed, at most {@link MAX_TEXT_LENGTH} characters. */
  readonly text?: string | undefined
  readonly usage?: TurnUsage | undefined
  /** Why it did not complete. `retrySafety` tells what repeating it may do; the supervisor never repeats one. */
  readonly failure?: Failure | undefined
  /** Only when the end of the connection ended it. */
  readonly diagnosis?: ConnectionDiagnosis | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** UTC, as ISO 8601 writes it. */
  readonly createdAt: string
  readonly updatedAt: string
  readonly finishedAt?: string | undefined
}

/** Most characters of a text that a record keeps: 4,096. */
export const MAX_TEXT_LENGTH = 4_096

/** Whether a turn has ended. */
export function isTurnOver(status: TurnRecordStatus): boolean {
  return status === 'completed' || status === 'interrupted' || status === 'failed'
}
