import { classifyFailure, type Failure } from '../../failures/index.js'
import type { ResultOf, Sent } from '../../protocol/index.js'
import { isConnectionEnd } from '../../rpc/connection-end.js'
import { RPC_ERROR_NUMBERS, RpcError } from '../../rpc/errors.js'
import { backoffDelay } from '../../util/backoff.js'
import { sleep } from '../../util/sleep.js'
import type { Connection } from '../connection.js'

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

/** How threads are resumed. */
export interface ResumeOptions {
  /** Time that each attempt has, in milliseconds. */
  readonly timeoutMs: number
  readonly paramsOf: (threadId: string) => Sent.ThreadResumeParams
  /** Takes each answer, before anything that comes behind it. */
  readonly onResumed: (threadId: string, answer: ResultOf<'thread/resume'>) => void
}

/** Most threads that are resumed at once: 8. Codex slows down with more (measured). */
const MAX_AT_ONCE = 8

/** How often a thread is tried that a busy server, or one with a locked file, refuses; and how long between. */
const MAX_ATTEMPTS = 4
const BACKOFF = { minDelayMs: 100, maxDelayMs: 1_000 }

/**
 * Subscribes a new connection to the threads of the one before. Rejects when the connection ends. A thread that
 * Codex refuses to resume, or does not resume in time, is lost; the others are not touched by that.
 */
export async function resumeThreads(
  connection: Connection,
  threadIds: readonly string[],
  options: ResumeOptions,
): Promise<ResumedThreads> {
  const resumedThreads: string[] = []
  const lostThreads: LostThread[] = []
  const waiting = threadIds.values()
  const work = async () => {
    // Shared: each worker takes the next thread that nobody has taken.
    for (const threadId of waiting) {
      try {
        await resume(connection, threadId, options)
        resumedThreads.push(threadId)
      } catch (error) {
        if (isConnectionEnd(error)) throw error
        lostThreads.push({ threadId, failure: classifyFailure(error) })
      }
    }
  }
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, work))
  return { resumedThreads, lostThreads }
}

async function resume(connection: Connection, threadId: string, options: ResumeOptions): Promise<void> {
  const { timeoutMs, paramsOf, onResumed } = options
  for (let attempts = 1; ; attempts += 1) {
    try {
      onResumed(threadId, await connection.request('thread/resume', paramsOf(threadId), { timeoutMs }))
      return
    } catch (error) {
      if (attempts === MAX_ATTEMPTS || !isPassing(error)) throw error
    }
    await sleep(backoffDelay(attempts, BACKOFF, Math.random()), undefined)
  }
}

/** Whether a refusal is about the moment and not about the thread. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof RpcError)) return false
  return (
    error.rpcCode === RPC_ERROR_NUMBERS.internalError || classifyFailure(error).kind === 'server-overloaded'
  )
}
