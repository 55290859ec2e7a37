import type { StartThreadOptions } from '../../client/index.js'
import type { Failure } from '../../failures/index.js'
import type { TurnRecordStatus } from './turn-record.js'

/**
 * How a session stands.
 *
 * - `registered`: Codex has not been asked about it; a turn resumes its thread, if it has one.
 * - `idle`: its thread is loaded, and no turn runs.
 * - `running`: a turn runs.
 * - `disconnected`: there is no server at the moment. It is resumed with the next one.
 * - `lost`: Codex could not resume its thread; `failure` tells why. A turn tries it once more.
 * - `closed`: for good.
 */
export type SessionStatus = 'registered' | 'idle' | 'running' | 'disconnected' | 'lost' | 'closed'

/** Settings of a session's thread. They are kept, and given again when the thread is resumed. */
export interface ThreadSettings
  extends Pick<
    StartThreadOptions,
    | 'approvalPolicy'
    | 'baseInstructions'
    | 'config'
    | 'cwd'
    | 'developerInstructions'
    | 'model'
    | 'modelProvider'
    | 'personality'
    | 'sandbox'
    | 'serviceTier'
  > {}

/** A session: one conversation with Codex that outlives servers and programs. Plain data. */
export interface SessionRecord {
  readonly sessionId: string
  /** What it is for, in the words of the program. */
  readonly purpose?: string | undefined
  /** Thread of Codex; absent when none was ever given or made. */
  readonly threadId?: string | undefined
  readonly status: SessionStatus
  /** Where its server is: an address, or `stdio`. Absent until it was loaded once. */
  readonly endpoint?: string | undefined
  /** Process number of that server, when this program started it. */
  readonly childPid?: number | undefined
  readonly cwd?: string | undefined
  readonly model?: string | undefined
  readonly modelProvider?: string | undefined
  readonly serviceTier?: string | undefined
  readonly reasoningEffort?: string | undefined
  /** Effort that was asked for, and is given with each turn. */
  readonly requestedEffort?: string | undefined
  /** Turn of Codex that runs. */
  readonly currentTurnId?: string | undefined
  /** Turn of Codex that ended last. */
  readonly lastTurnId?: string | undefined
  readonly lastTurnStatus?: TurnRecordStatus | undefined
  /** Whether its thread was started for it, and not given. */
  readonly ownThread?: boolean | undefined
  /** How many turns were begun in it. */
  readonly turns: number
  /** Settings that were asked for. Not redacted: they are given to Codex again. */
  readonly settings: ThreadSettings
  /** Why it is lost. */
  readonly failure?: Failure | undefined
  /** Anything of the program's own. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** UTC, as ISO 8601 writes it. */
  readonly createdAt: string
  readonly updatedAt: string
}
