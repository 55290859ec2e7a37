import type { Received } from '../../protocol/index.js'
import type { StubUsage } from '../model-stub/replies.js'

type Breakdown = Required<Received.TokenUsageBreakdown>

const NOTHING: Breakdown = {
  totalTokens: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteInputTokens: 0,
  outputTokens: 0,
  reasoningOutputTokens: 0,
}

const CONTEXT_WINDOW_TOKENS = 258_400

/** The tokens of a thread: of all its model responses, and of the last. */
export class TokenCount {
  #total = NOTHING
  #last: Breakdown | undefined

  /** What Codex tells of it; `undefined` before the first response. */
  get told(): Received.ThreadTokenUsage | undefined {
    return this.#last && { total: this.#total, last: this.#last, modelContextWindow: CONTEXT_WINDOW_TOKENS }
  }

  /** Counts one model response. */
  add(usage: StubUsage): void {
    const { inputTokens = 100, cachedInputTokens = 0, outputTokens = 20, reasoningTokens = 0 } = usage
    const last: Breakdown = {
      totalTokens: inputTokens + outputTokens,
      inputTokens,
      cachedInputTokens,
      cacheWriteInputTokens: 0,
      outputTokens,
      reasoningOutputTokens: reasoningTokens,
    }
    const names = Object.keys(NOTHING) as (keyof Breakdown)[]
    this.#total = Object.fromEntries(
      names.map((name) => [name, this.#total[name] + last[name]]),
    ) as unknown as Breakdown
    this.#last = last
  }

  /** Counts a response that found no more room in the model's context. */
  fill(): void {
    const totalTokens = CONTEXT_WINDOW_TOKENS
    this.#last = { ...NOTHING, totalTokens: totalTokens - this.#total.totalTokens }
    this.#total = { ...this.#total, totalTokens }
  }

  /** A count that goes on from this one. */
  copy(): TokenCount {
    const copy = new TokenCount()
    copy.#total = this.#total
    copy.#last = this.#last
    return copy
  }
}

/** What Codex tells of rate limits when the provider says nothing about them. */
export const NO_RATE_LIMITS = {
  limitId: 'codex',
  limitName: null,
  normalModelSlug: null,
  primary: null,
  secondary: null,
  credits: null,
  individualLimit: null,
  spendControlReached: null,
  planType: null,
  rateLimitReachedType: null,
} as const
