import type { Received } from '../protocol/index.js'

/** Token counts, each a part of or the sum of what a model call used. */
export interface TokenCounts {
  readonly totalTokens: number
  readonly inputTokens: number
  /** Part of `inputTokens` that came from the provider's cache. */
  readonly cachedInputTokens: number
  readonly outputTokens: number
  /** Part of `outputTokens` spent on reasoning. */
  readonly reasoningOutputTokens: number
}

/** Tokens of one turn. */
export interface TurnUsage extends TokenCounts {
  /** Totals of the whole thread, this turn included. */
  readonly thread: TokenCounts
  /** Tokens the last model call put into the context window: how full it is. */
  readonly contextTokens: number
  /** Size of the model's context window in tokens, when Codex knows it. */
  readonly contextWindow: number | undefined
}

/**
 * Works out what a turn used: Codex reports the thread's running totals and the last model call, so the
 * turn's own usage is the difference between the totals and what they were before the turn.
 */
export class UsageMeter {
  #before: TokenCounts | undefined

  /** @param before - the thread's totals before the turn, when an earlier turn has told them */
  constructor(before: TokenCounts | undefined) {
    this.#before = before
  }

  /** Takes the next report and returns the turn's usage so far. */
  update(report: Received.ThreadTokenUsage): TurnUsage {
    const thread = counts(report.total)
    // The first report of a turn follows its first model call.
    this.#before ??= subtract(thread, counts(report.last))
    return {
      ...subtract(thread, this.#before),
      thread,
      contextTokens: report.last.totalTokens,
      contextWindow: report.modelContextWindow ?? undefined,
    }
  }
}

function counts(breakdown: Received.TokenUsageBreakdown): TokenCounts {
  return {
    totalTokens: breakdown.totalTokens,
    inputTokens: breakdown.inputTokens,
    cachedInputTokens: breakdown.cachedInputTokens,
    outputTokens: breakdown.outputTokens,
    reasoningOutputTokens: breakdown.reasoningOutputTokens,
  }
}

function subtract(a: TokenCounts, b: TokenCounts): TokenCounts {
  return {
    totalTokens: a.totalTokens - b.totalTokens,
    inputTokens: a.inputTokens - b.inputTokens,
    cachedInputTokens: a.cachedInputTokens - b.cachedInputTokens,
    outputTokens: a.outputTokens - b.outputTokens,
    reasoningOutputTokens: a.reasoningOutputTokens - b.reasoningOutputTokens,
  }
}
