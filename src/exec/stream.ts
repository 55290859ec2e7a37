import { AsyncQueue } from '../util/async-queue.js'
import type { EventStream } from '../util/event-stream.js'
import { isDroppable } from './event-log.js'
import type { ExecEvent, ExecLagged } from './events.js'
import { ExecRun } from './exec-run.js'
import type { ExecOutcome } from './outcome.js'
import { DEFAULT_EVENT_BYTES, type ExecRequest } from './request.js'

/** A run whose events can be read while it goes on. */
export interface ExecStream<Output = undefined> extends EventStream<ExecEvent | ExecLagged>, AsyncDisposable {
  /** What became of the run. Always resolves, once nothing of it is left. */
  readonly result: Promise<ExecOutcome<Output>>
  /** Cancels the run, when it still goes on, and resolves when nothing of it is left. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts `codex exec` and hands out its events as they are written. The iteration ends when the run does, never
 * with an error: `result` tells how it went, a wrong request included. Leaving the loop early cancels the run.
 *
 * It can be iterated once, by itself or through `batches()`. A reader that lags behind by more than `limits.eventBytes` finds `lagged` in place of the
 * oldest events; those that begin or end a turn are never dropped.
 */
export function streamExec<Output = undefined>(request: ExecRequest<Output>): ExecStream<Output> {
  return new RunningStream<Output>(request)
}

class RunningStream<Output> implements ExecStream<Output> {
  readonly result: Promise<ExecOutcome<Output>>
  readonly #run: ExecRun<Output>
  readonly #queue: AsyncQueue<ExecEvent | ExecLagged>

  constructor(request: ExecRequest<Output>) {
    const weights = new WeakMap<object, number>()
    const queue = new AsyncQueue<ExecEvent | ExecLagged>({
      name: 'An exec stream',
      limit: {
        maxWeight: eventBytesOf(request),
        weigh: (event) => weights.get(event) ?? 1,
        isDroppable,
        lagged: (skipped) => ({ type: 'lagged', skipped }),
      },
      onAbandon: () => this.#cancel('the reader of its events left'),
    })
    this.#queue = queue
    this.#run = new ExecRun<Output>(request, (event, bytes) => {
      weights.set(event, bytes)
      queue.push(event)
    })
    this.result = this.#run.execute().finally(() => queue.end())
  }

  [Symbol.asyncIterator](): AsyncIterator<ExecEvent | ExecLagged, undefined> {
    return this.#queue[Symbol.asyncIterator]()
  }

  batches(): AsyncIterable<readonly (ExecEvent | ExecLagged)[]> {
    return this.#queue.batches()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancel('its stream was disposed of')
    await this.result
  }

  #cancel(why: string): void {
    this.#run.stop({ kind: 'cancelled', cause: new Error(why) })
  }
}

/** Read before the request is checked: a wrong one is told by the result. */
function eventBytesOf(request: ExecRequest<unknown>): number {
  try {
    const bytes: unknown = request.limits?.eventBytes
    return typeof bytes === 'number' && bytes > 0 ? bytes : DEFAULT_EVENT_BYTES
  } catch {
    return DEFAULT_EVENT_BYTES
  }
}
