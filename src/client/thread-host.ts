import type { Received, ResultOf } from '../protocol/index.js'
import { ProtocolViolationError } from '../rpc/errors.js'
import { AbortedError } from '../util/errors.js'
import { ThreadLostError } from './errors.js'
import { StrayTurns, type StrayTurnsOptions } from './stray-turns.js'
import type { ThreadHost } from './thread.js'

/** What the threads of a client are run with. */
export interface ThreadHostOptions extends StrayTurnsOptions {
  /** Whether a thread did not come back with the connection. */
  readonly isLost: (threadId: string) => boolean
  /** Tells the program of something that ends nothing. */
  readonly report: (error: Error) => void
  /** A turn has ended, however that became known. */
  readonly onEnded: (threadId: string, turnId: string | undefined) => void
}

/** Runs the requests of threads and their turns. */
export function makeThreadHost({
  options,
  router,
  request,
  isLost,
  onEnded,
  report,
}: ThreadHostOptions): ThreadHost {
  const interruptTurn = (threadId: string, turnId: string) => request('turn/interrupt', { threadId, turnId })
  const strays = new StrayTurns({ options, router, request })
  return {
    interruptTimeoutMs: options.interruptTimeoutMs,
    providerTimeoutMs: options.providerTimeoutMs,
    stall: options.stall,
    startTimeoutMs: options.requestTimeoutMs,
    async startTurn(params, { signal, onWrite, onOverload }) {
      if (isLost(params.threadId)) throw new ThreadLostError(params.threadId)
      // A turn that starts before another has ended is taken by Codex for more input to that one.
      const stray = strays.ending(params.threadId)
      if (stray) await stray
      if (signal.aborted) throw new AbortedError('turn/start', { requestWritten: false })
      // The turn keeps the deadline: an answer that comes after it must still be seen, to stop what it started.
      const timeoutMs = Number.POSITIVE_INFINITY
      const answer = await request('turn/start', params, { timeoutMs, signal, onWrite, onOverload })
      const id: unknown = (answer as Partial<ResultOf<'turn/start'>> | null)?.turn?.id
      if (typeof id !== 'string') throw new ProtocolViolationError('the answer to turn/start names no turn')
      return id
    },
    steerTurn: (params) => request('turn/steer', params),
    async readTurn(threadId, turnId) {
      // The last turn whole, since it is mostly the one; of those before only how they ended.
      for (const page of [{ limit: 1, itemsView: 'full' }, { limit: 10 }] as const) {
        const { data } = await request('thread/turns/list', { threadId, ...page })
        const turn = data.find(({ id }: Received.Turn) => id === turnId)
        if (turn) return turn
      }
      return undefined
    },
    interruptTurn,
    interruptStray: (threadId, turnId) => strays.interrupt(threadId, turnId),
    register: (run) => router.register(run),
    release: (run) => {
      router.release(run)
      onEnded(run.threadId, run.id)
    },
    report,
    activeRun: (threadId) => router.activeRun(threadId),
    threadUsage: (threadId) => router.threadUsage(threadId),
  }
}
