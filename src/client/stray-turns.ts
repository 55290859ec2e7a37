import pTimeout from 'p-timeout'
import type { ClientMethod, ParamsOf, ResultOf } from '../protocol/index.js'
import { RpcError } from '../rpc/errors.js'
import type { ClientRequestOptions } from './connection.js'
import type { CheckedOptions } from './options.js'
import type { TurnRouter } from './turn-router.js'

/** What it takes to end stray turns. */
export interface StrayTurnsOptions {
  readonly options: CheckedOptions
  readonly router: TurnRouter
  /** Sends a request. */
  readonly request: <M extends ClientMethod>(
    method: M,
    params: ParamsOf<M>,
    options?: ClientRequestOptions,
  ) => Promise<ResultOf<M>>
}

/** Turns that Codex runs although nobody here follows them any more: they were given up, and are to end. */
export class StrayTurns {
  readonly #options: StrayTurnsOptions
  readonly #ending = new Map<string, Promise<unknown>>()

  constructor(options: StrayTurnsOptions) {
    this.#options = options
  }

  /**
   * Interrupts a stray turn, as soon as there is a connection and Codex takes it. Rejects when it does not.
   * Until the turn has ended, its approvals are declined.
   */
  async interrupt(threadId: string, turnId: string): Promise<void> {
    const { router } = this.#options
    const { ended, cancel } = router.giveUp(threadId, turnId)
    const sent = this.#send(threadId, turnId)
    // Refused when it has ended; and one that ignores its interrupt is not waited for any longer.
    const milliseconds = this.#options.options.interruptTimeoutMs
    const over = sent.then(
      () => pTimeout(ended, { milliseconds, fallback: () => undefined }),
      () => undefined,
    )
    this.#ending.set(threadId, over)
    try {
      await sent
      await over
    } finally {
      cancel()
      if (this.#ending.get(threadId) === over) this.#ending.delete(threadId)
    }
  }

  /** Resolves when the stray turn of a thread has ended, or is not waited for any longer; never rejects. */
  ending(threadId: string): Promise<unknown> | undefined {
    return this.#ending.get(threadId)
  }

  /** Measured: between its answer to `turn/start` and the turn's first event, Codex refuses to interrupt it. */
  async #send(threadId: string, turnId: string): Promise<void> {
    const { router, request, options } = this.#options
    // While a connection is being made anew, it waits for that.
    const timeoutMs = options.requestTimeoutMs + (options.reconnect?.giveUpAfterMs ?? 0)
    const interrupt = () => request('turn/interrupt', { threadId, turnId }, { timeoutMs })
    const { seen, cancel } = router.watchTurn(threadId, turnId)
    try {
      await interrupt()
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      // One that has ended already is refused too, and nothing is ever heard of it again.
      const milliseconds = options.interruptTimeoutMs
      const isSeen = await pTimeout(
        seen.then(() => true),
        { milliseconds, fallback: () => false },
      )
      if (!isSeen) throw error
      await interrupt()
    } finally {
      cancel()
    }
  }
}
