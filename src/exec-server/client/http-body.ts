import { redact } from '../../redaction/index.js'
import { AsyncQueue, type QueueLimit } from '../../util/async-queue.js'
import { ConduitError, type ConduitErrorOptions } from '../../util/errors.js'
import { EXEC_NOTIFICATIONS } from '../protocol/index.js'
import { SequenceOrder } from './sequence-order.js'

/** How much of a body is kept for a reader that lags: 16 MiB. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024

/** The body of a streamed response cannot be read to its end. */
export class HttpBodyError extends ConduitError {
  readonly code = 'EXEC_HTTP_BODY'

  constructor(why: string, options?: ConduitErrorOptions) {
    super(`the body of the response is incomplete: ${redact(why)}`, options)
  }
}

/** Only weighs: what was taken is never dropped, since a body with a gap is of no use. */
const WEIGHED: QueueLimit<Buffer> = {
  maxWeight: Infinity,
  weigh: (bytes) => bytes.length,
  isDroppable: () => false,
  lagged: (_, first) => first,
}

interface Delta {
  readonly bytes: Buffer
  readonly done: boolean
  readonly error: string | undefined
}

/** The body of a streamed response: its parts in order, to be read once. */
export class HttpBody implements AsyncIterable<Buffer> {
  readonly #queue: AsyncQueue<Buffer>
  readonly #order = new SequenceOrder<Delta>((delta) => this.#deliver(delta))
  readonly #release: () => void
  #isEnded = false

  /** @param release - called once, when no part is wanted any more */
  constructor(release: () => void) {
    this.#release = release
    this.#queue = new AsyncQueue({
      name: 'the body of a response',
      onAbandon: () => this.#finish(),
      limit: WEIGHED,
    })
  }

  /** Takes a part as it came. */
  take(seq: number, deltaBase64: string, done: boolean, error: string | undefined): void {
    this.#order.add(seq, { bytes: Buffer.from(deltaBase64, 'base64'), done, error })
  }

  /** It goes no further. */
  fail(why: string, cause?: Error): void {
    if (this.#isEnded) return
    this.#queue.fail(new HttpBodyError(why, cause ? { cause } : {}))
    this.#finish()
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer, undefined> {
    return this.#queue[Symbol.asyncIterator]()
  }

  #deliver({ bytes, done, error }: Delta): void {
    if (this.#isEnded) return
    if (this.#queue.weight + bytes.length > MAX_BUFFERED_BYTES) {
      this.fail('it was not read in time')
      return
    }
    if (bytes.length > 0) this.#queue.push(bytes)
    if (error !== undefined) this.fail(error)
    if (!done || this.#isEnded) return
    this.#queue.end()
    this.#finish()
  }

  #finish(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#release()
  }
}

/** Takes a notification about a body. Returns whether it was one. */
export function takeBodyDelta(
  bodies: ReadonlyMap<string, HttpBody>,
  method: string,
  params: unknown,
): boolean {
  if (method !== 'http/request/bodyDelta') return false
  const parsed = EXEC_NOTIFICATIONS[method].safeParse(params)
  if (!parsed.success) return false
  const { requestId, seq, deltaBase64, done, error } = parsed.data
  bodies.get(requestId)?.take(seq, deltaBase64, done, error ?? undefined)
  return true
}
