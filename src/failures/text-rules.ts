import type { FailureKind } from './failure.js'
import { judgeStatus } from './provider-rules.js'
import type { Verdict } from './verdict.js'

const LONGEST_TEXT = 16_384

const STATUS = /\b(?:unexpected status|last status:|HTTP status|status code:?) ?(\d{3})\b/i

/**
 * What the words of a message mean, where nothing better is known: the first that matches decides. Every
 * pattern is a plain alternation with bounded gaps, so that a hostile text costs no more than a long one.
 */
const KIND_OF_WORDS: readonly (readonly [RegExp, FailureKind])[] = [
  [/missing environment variable|not logged in|no api key|run `?codex login/i, 'secret-unavailable'],
  [/waiting for network/i, 'provider-unavailable'],
  [/context_length_exceeded|context window|context length|ran out of room/i, 'context-window-exceeded'],
  [
    /usage_limit_reached|insufficient_quota|usage limit|exceeded your current quota|quota exceeded|out of credits|check your plan|to use codex with your chatgpt plan/i,
    'provider-usage-limited',
  ],
  [/rate_limit_exceeded|rate limit|too many requests/i, 'provider-rate-limited'],
  [
    /model_not_found|model not found|model .{0,100}(?:does not exist|is not supported|not found)/i,
    'model-not-found',
  ],
  [/flagged as|usage polic|content polic|cyber_policy|safety reasons/i, 'policy-refused'],
  [
    /invalid_api_key|(?:invalid|incorrect) api key|unauthorized|authentication failed/i,
    'provider-auth-failed',
  ],
  [/overloaded|at capacity|experiencing high demand/i, 'provider-overloaded'],
  [/sandbox error|sandbox (?:denied|failed)|landlock|seatbelt|bwrap:|seccomp/i, 'sandbox-failed'],
  [/incomplete response.{0,40}content_filter/i, 'policy-refused'],
  [/incomplete response.{0,40}max_output_tokens/i, 'provider-bad-request'],
  [/invalid_prompt|invalid prompt|invalid_request_error|invalid image|bad request/i, 'provider-bad-request'],
  [
    /stream disconnected|stream closed|error sending request|connection refused|connection reset|incomplete response|network error|dns error/i,
    'provider-unavailable',
  ],
  [/timed out|timeout/i, 'backend-timeout'],
]

/** Concludes from the words of a message. */
export function judgeText(message: string): Verdict | undefined {
  const text = message.slice(0, LONGEST_TEXT)
  // The status comes with the words that a provider chose itself, so it is the better witness of the two.
  const status = STATUS.exec(text)?.[1]
  if (status !== undefined) return judgeStatus(Number(status))
  for (const [words, kind] of KIND_OF_WORDS) {
    if (words.test(text)) return { kind }
  }
  return undefined
}
