import type { RequestId, ResponseMessage } from './messages.js'

/** Takes the response to one message; nothing when none is wanted any more. Must not throw. */
export type Answer = (response?: ResponseMessage) => void

/** What a request handler is told besides the parameters. */
export interface RequestContext {
  /** Id that the other side gave the request. */
  readonly id: RequestId | null
  readonly method: string
  /** Aborts when the request is withdrawn or the connection ends: an answer is then no longer wanted. */
  readonly signal: AbortSignal
}

/** One request of the other side while it is being answered. */
export class InboundRequest implements RequestContext {
  declare readonly id: RequestId | null
  declare readonly method: string
  declare readonly params: unknown
  readonly #answer: Answer
  // Made when first asked for: most handlers answer at once and never look.
  #controller: AbortController | undefined

  /** `answer` is called once, by {@link settle}. */
  constructor(id: RequestId | null, method: string, params: unknown, answer: Answer) {
    this.id = id
    this.method = method
    this.params = params
    this.#answer = answer
  }

  get signal(): AbortSignal {
    return this.#abortable().signal
  }

  /** Whether an answer is still wanted. */
  get isWanted(): boolean {
    return !this.#controller?.signal.aborted
  }

  /** Hands over the response, if one is still wanted. */
  settle(response?: ResponseMessage): void {
    this.#answer(this.isWanted ? response : undefined)
  }

  /** Tells the handler that its answer is no longer wanted. Idempotent. */
  withdraw(reason: unknown): void {
    this.#abortable().abort(reason)
  }

  #abortable(): AbortController {
    this.#controller ??= new AbortController()
    return this.#controller
  }
}
