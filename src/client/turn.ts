import { AbortedError } from '../util/errors.js'
import type { EventStream } from '../util/event-stream.js'
import { TurnNotRunningError } from './errors.js'
import type { TurnEvent } from './events.js'
import { type TurnInput, toUserInput } from './input.js'
import type { RunningTurn } from './running-turn.js'
import type { TurnResult } from './turn-result.js'

/**
 * A running turn: iterate it for its events, await `result` for its outcome, or both.
 *
 * The iteration ends after the `turn.completed` event, which is always the last. Leaving it early, by `break`
 * or a throw, interrupts the turn. A turn can be iterated once, by itself or through `batches()`; a second time
 * throws `AlreadyIteratedError`. A turn that nobody iterates runs all the same.
 */
export class Turn<Output = undefined> implements EventStream<TurnEvent> {
  readonly threadId: string
  /** What became of the turn. Always resolves, exactly once, and never rejects. */
  readonly result: Promise<TurnResult<Output>>
  readonly #run: RunningTurn<Output>
  readonly #steer: (turnId: string, input: TurnInput) => Promise<void>

  /** Made by `Thread.stream`. */
  constructor(run: RunningTurn<Output>, steer: (turnId: string, input: TurnInput) => Promise<void>) {
    this.threadId = run.threadId
    this.result = run.result
    this.#run = run
    this.#steer = steer
  }

  /** Id of the turn; `undefined` until Codex has told it, before the first event. */
  get id(): string | undefined {
    return this.#run.id
  }

  /** Whether the turn has ended; `result` is then about to resolve or has. */
  get isSettled(): boolean {
    return this.#run.isSettled
  }

  [Symbol.asyncIterator](): AsyncIterator<TurnEvent, undefined> {
    return this.#run.events[Symbol.asyncIterator]()
  }

  /**
   * The events in arrays, for readers of much that comes fast: each array holds all that has come since the one
   * before, in order, and at least one event. The last ends with `turn.completed`. Leaving the loop early
   * interrupts the turn.
   */
  batches(): AsyncIterable<readonly TurnEvent[]> {
    return this.#run.events.batches()
  }

  /**
   * Adds input while the turn runs. Rejects with `TurnNotRunningError` when it has ended, and with an `RpcError`
   * when Codex refuses, as it does while it compacts. Rejects with `InvalidInputError` for wrong input. Waits
   * for the turn to begin if it has not.
   */
  async steer(input: TurnInput): Promise<void> {
    toUserInput(input)
    const turnId = await this.#run.started
    if (this.#run.isSettled) throw new TurnNotRunningError()
    await this.#steer(turnId, input)
  }

  /**
   * Stops the turn. Resolves when it has settled, which it does within the interrupt's deadline even if Codex
   * does not react. Does nothing when it has ended already.
   */
  async interrupt(): Promise<void> {
    this.#run.stop(new AbortedError('The turn'))
    await this.result
  }

  /** Interrupts the turn unless it has ended. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.interrupt()
  }
}
