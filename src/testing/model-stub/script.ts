import type { ModelRequest, Reply } from './request.js'

/** Chooses the reply to a request, or passes it on by returning `undefined`. It may be async. */
export type ReplyChooser = (request: ModelRequest) => Reply | undefined | Promise<Reply | undefined>

/** What answers when nothing else does: one reply for all, or a function that makes one. */
export type FallbackReply = Reply | ((request: ModelRequest) => Reply | Promise<Reply>)

/** The replies for the requests that match a condition; made by `stub.when`. */
export interface MatchedReplies {
  /** Adds replies to be given once each, in order. When they are used up, the condition matches no more. */
  reply(...replies: readonly Reply[]): MatchedReplies
  /** Gives this reply to every matching request, once those of {@link reply} are used up. */
  always(reply: Reply): void
}

/** Decides which reply a request gets: rules first, then the queue, then the fallback. */
export class ReplyScript {
  readonly #fallback: FallbackReply
  #rules: ReplyChooser[] = []
  #queue: Reply[] = []

  constructor(fallback: FallbackReply) {
    this.#fallback = fallback
  }

  /** How many queued replies nobody has asked for yet. */
  get queued(): number {
    return this.#queue.length
  }

  enqueue(replies: readonly Reply[]): void {
    this.#queue.push(...replies)
  }

  addRule(choose: ReplyChooser): () => void {
    this.#rules.push(choose)
    return () => {
      this.#rules = this.#rules.filter((rule) => rule !== choose)
    }
  }

  when(matches: (request: ModelRequest) => boolean): MatchedReplies {
    const once: Reply[] = []
    let always: Reply | undefined
    this.addRule((request) =>
      once.length === 0 && always === undefined
        ? undefined
        : matches(request)
          ? (once.shift() ?? always)
          : undefined,
    )
    const replies: MatchedReplies = {
      reply: (...more) => {
        once.push(...more)
        return replies
      },
      always: (reply) => {
        always = reply
      },
    }
    return replies
  }

  async choose(request: ModelRequest): Promise<Reply> {
    for (const rule of this.#rules) {
      const pending = rule(request)
      // A synchronous rule must not yield: another request could overtake this one on its way to the queue.
      const reply = pending instanceof Promise ? await pending : pending
      if (reply !== undefined) return reply
    }
    return (
      this.#queue.shift() ?? (typeof this.#fallback === 'function' ? this.#fallback(request) : this.#fallback)
    )
  }

  clear(): void {
    this.#rules = []
    this.#queue = []
  }
}
