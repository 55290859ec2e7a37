import { RpcError } from '../../../rpc/errors.js'
import { ByteBudget } from '../byte-budget.js'

/** HTTP requests of a connection that may be on their way at the same time, streamed ones to their end: 256. */
export const MAX_OPEN_REQUESTS = 256
/** Bytes that the bodies of those may take which are held here: 64 MiB. A single one may be longer. */
const MAX_HELD_BYTES = 64 * 1024 * 1024

/** What the HTTP requests of one connection take together. */
export class HttpQuota {
  readonly #held: ByteBudget
  #open = 0

  /** `longestBody` in bytes is what a single answer may have in any case. */
  constructor(longestBody: number) {
    this.#held = new ByteBudget(Math.max(MAX_HELD_BYTES, longestBody))
  }

  /** A request begins. Throws an `RpcError` for one too many. */
  enter(): HttpShare {
    if (this.#open >= MAX_OPEN_REQUESTS) {
      throw RpcError.invalidRequest(`too many HTTP requests: the limit is ${MAX_OPEN_REQUESTS}`)
    }
    this.#open += 1
    return new HttpShare(this.#held, () => {
      this.#open -= 1
    })
  }
}

/** What one of them takes. */
export class HttpShare {
  readonly #held: ByteBudget
  readonly #leave: () => void
  #bytes = 0

  constructor(held: ByteBudget, leave: () => void) {
    this.#held = held
    this.#leave = leave
  }

  /** Holds bytes until the end. Throws an `RpcError` for too many. */
  hold(bytes: number): void {
    if (bytes > 0 && !this.#held.take(bytes)) {
      const limit = `the limit is ${this.#held.limit} bytes`
      throw RpcError.invalidRequest(`http/request: too much is held of the bodies under way: ${limit}`)
    }
    this.#bytes += bytes
  }

  /** The request is over: what it took is free. To be called once. */
  end(): void {
    this.#held.give(this.#bytes)
    this.#leave()
  }
}
