import { classifyFailure, type Failure } from '../../failures/index.js'
import type { ResultOf } from '../../protocol/index.js'
import { ConnectionClosedError, RequestTimeoutError, TransportClosedError } from '../../rpc/errors.js'
import type { Connection } from '../connection.js'
import type { Subscriptions } from './subscriptions.js'

/** A thread that did not come back with the connection, such as an ephemeral one or one without a turn. */
export interface LostThread {
  readonly threadId: string
  /** Why it cannot be resumed. */
  readonly failure: Failure
}

/** What became of the threads. */
export interface ResumedThreads {
  readonly resumedThreads: readonly string[]
  readonly lostThreads: readonly LostThread[]
}

/** Most threads that are resumed at once: 8. Codex slows down with more (measured). */
const MAX_AT_ONCE = 8

/**
 * Subscribes a new connection to the threads of the one before. Rejects when the connection fails, or the server
 * is too busy: then another has to be tried. A thread that Codex refuses to resume is lost.
 *
 * @param onResumed - takes each answer, before anything that comes behind it
 */
export async function resumeThreads(
  connection: Connection,
  subscriptions: Subscriptions,
  onResumed: (threadId: string, answer: ResultOf<'thread/resume'>) => void,
): Promise<ResumedThreads> {
  const resumedThreads: string[] = []
  const lostThreads: LostThread[] = []
  const waiting = subscriptions.threadIds.values()
  const work = async () => {
    // Shared: each worker takes the next thread that nobody has taken.
    for (const threadId of waiting) {
      try {
        const answer = await connection.request('thread/resume', subscriptions.resumeParams(threadId))
        onResumed(threadId, answer)
        resumedThreads.push(threadId)
      } catch (error) {
        const failure = classifyFailure(error)
        if (isConnectionFailure(error) || failure.kind === 'server-overloaded') throw error
        lostThreads.push({ threadId, failure })
      }
    }
  }
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, work))
  return { resumedThreads, lostThreads }
}

/** Whether a request failed because of its connection, and not because of what it asked. */
function isConnectionFailure(error: unknown): boolean {
  return (
    error instanceof ConnectionClosedError ||
    error instanceof TransportClosedError ||
    error instanceof RequestTimeoutError
  )
}
