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
    const thread = countsOf(report.total)
    // The first report of a turn follows its first model call.
    this.#before ??= subtract(thread, countsOf(report.last))
    return {
      ...subtract(thread, this.#before),
      thread,
      contextTokens: report.last.totalTokens,
      contextWindow: report.modelContextWindow ?? undefined,
    }
  }
}

/** Reads the counts of a report. */
export function countsOf(breakdown: Received.TokenUsageBreakdown): TokenCounts {
  return {
    totalTokens: count(breakdown.totalTokens),
    inputTokens: count(breakdown.inputTokens),
    cachedInputTokens: count(breakdown.cachedInputTokens),
    outputTokens: count(breakdown.outputTokens),
    reasoningOutputTokens: count(breakdown.reasoningOutputTokens),
  }
}

/** A part that a server leaves out counts as nothing, so that the sums stay numbers. */
function count(value: unknown): number {
  return typeof value === 'number' ? value : 0
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
