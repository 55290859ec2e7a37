import type { Received } from '../../protocol/index.js'
import { type Fields, fieldsOf, listOf, numberOf, textOf } from './fields.js'

/** The error of an `error` or `stream_error` event; `codex_error_info` came with 0.58. */
export function toTurnError(msg: Fields): Received.TurnError {
  return {
    message: textOf(msg.message) ?? 'Codex reported an error without a message',
    codexErrorInfo: toErrorInfo(msg.codex_error_info),
    additionalDetails: textOf(msg.additional_details) ?? null,
  }
}

/** The counts of a `token_count` event; `undefined` when it has none, as before the first model call. */
export function toTokenUsage(msg: Fields): Received.ThreadTokenUsage | undefined {
  const info = fieldsOf(msg.info)
  if (info.total_token_usage === undefined) return undefined
  const total = toBreakdown(fieldsOf(info.total_token_usage))
  const last = info.last_token_usage === undefined ? total : toBreakdown(fieldsOf(info.last_token_usage))
  return { total, last, modelContextWindow: numberOf(info.model_context_window) ?? null }
}

/** The steps of a `plan_update` event. */
export function toPlan(msg: Fields): Received.TurnPlanStep[] {
  return listOf(msg.plan).map((one) => {
    const { step, status } = fieldsOf(one)
    return { step: textOf(step) ?? '', status: camelCase(textOf(status) ?? 'pending') }
  })
}

function toErrorInfo(info: unknown): Received.CodexErrorInfo | null {
  if (typeof info === 'string') return camelCase(info)
  const [entry] = Object.entries(fieldsOf(info))
  return entry ? { [camelCase(entry[0])]: camelCaseKeys(fieldsOf(entry[1])) } : null
}

function toBreakdown(counts: Fields): Received.TokenUsageBreakdown {
  return {
    totalTokens: numberOf(counts.total_tokens) ?? 0,
    inputTokens: numberOf(counts.input_tokens) ?? 0,
    cachedInputTokens: numberOf(counts.cached_input_tokens) ?? 0,
    outputTokens: numberOf(counts.output_tokens) ?? 0,
    reasoningOutputTokens: numberOf(counts.reasoning_output_tokens) ?? 0,
  }
}

function camelCaseKeys(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [camelCase(name), value]))
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
}
