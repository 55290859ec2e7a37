import pTimeout from 'p-timeout'
import type { Codex } from '../../client/index.js'
import { toUserInput } from '../../client/input.js'
import { isConnectionEnd } from '../../rpc/connection-end.js'
import type { Log } from '../log.js'
import type { TurnRecord } from '../records/turn-record.js'
import type { Attachment } from '../sessions/session.js'
import type { Sessions } from '../sessions/sessions.js'
import { followLeftTurn, hostEnded } from './follow.js'
import type { TurnBook } from './turn-book.js'

/** The turns that an earlier program has left: settled as they ended, or followed to their end. */
export class LeftTurns {
  readonly #book: TurnBook
  readonly #sessions: Sessions
  readonly #log: Log
  readonly #interruptTimeoutMs: number

  /** @param interruptTimeoutMs - time that Codex has to end an interrupted turn, or `Infinity` */
  constructor(book: TurnBook, sessions: Sessions, log: Log, interruptTimeoutMs: number) {
    this.#book = book
    this.#sessions = sessions
    this.#log = log
    this.#interruptTimeoutMs = interruptTimeoutMs
  }

  /** Takes up those of a session, now that its thread is loaded. Never rejects. */
  async follow(sessionId: string, attachment: Attachment): Promise<void> {
    for (const record of this.#book.left(sessionId)) {
      try {
        await this.#followOne(record, attachment)
      } catch (error) {
        // The next server is asked.
        if (isConnectionEnd(error)) return
        this.#log('warn', 'turn.look-up-failed', (error as Error).message, { id: record.id })
        await this.#book.settle(record.id, hostEnded(record.turnId))
      }
    }
  }

  /** Settles those of a session whose thread is gone. Never rejects. */
  async abandon(sessionId: string): Promise<void> {
    for (const { id, turnId } of this.#book.left(sessionId)) await this.#book.settle(id, hostEnded(turnId))
  }

  async #followOne(record: TurnRecord, { link }: Attachment): Promise<void> {
    const { id, sessionId, threadId } = record
    const { client } = link
    const left = await followLeftTurn(client, { ...record, isServerGone: link.pid !== undefined })
    if (left.state === 'over') {
      await this.#book.settle(id, left.settlement)
      return
    }
    const { turnId } = left
    const settled = left.settlement.then((settlement) => this.#book.settle(id, { turnId, ...settlement }))
    this.#book.expect(id, { settled, result: Promise.resolve(undefined) })
    this.#sessions.live(sessionId).turn = {
      id,
      steer: async (input) => {
        await client.request('turn/steer', { threadId, expectedTurnId: turnId, input: toUserInput(input) })
      },
      interrupt: () => this.#interrupt(client, { id, threadId, turnId }, settled),
    }
    await this.#book.runs(id, turnId)
  }

  /** Resolves when the turn has settled, which it does within the interrupt's deadline whatever Codex does. */
  async #interrupt(
    client: Codex,
    { id, threadId, turnId }: { readonly id: string; readonly threadId: string; readonly turnId: string },
    settled: Promise<TurnRecord>,
  ): Promise<void> {
    const timeoutMs = this.#interruptTimeoutMs
    const startedAt = performance.now()
    try {
      await client.request('turn/interrupt', { threadId, turnId }, { timeoutMs })
      const milliseconds = Math.max(1, timeoutMs - (performance.now() - startedAt))
      await pTimeout(settled, { milliseconds })
    } catch (error) {
      // Refused, unanswered or without effect. If the turn has ended before, it has been told before.
      this.#log('warn', 'turn.interrupt-failed', (error as Error).message, { id, turnId })
      await this.#book.settle(id, hostEnded(turnId))
    }
  }
}
