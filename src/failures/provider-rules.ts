import type { FailureKind, JsonValue } from './failure.js'
import { readMember, readNumber, readText } from './read.js'
import type { Verdict } from './verdict.js'

const LONGEST_BODY = 16_384

/** What the names in `codexErrorInfo` mean. */
const KIND_OF_INFO: Readonly<Record<string, Verdict>> = {
  contextWindowExceeded: { kind: 'context-window-exceeded' },
  sessionBudgetExceeded: {
    kind: 'provider-usage-limited',
    hint: "The session's own budget is used up: raise it, or start another thread.",
  },
  usageLimitExceeded: { kind: 'provider-usage-limited' },
  rateLimitExceeded: { kind: 'provider-rate-limited' },
  flexUnavailable: { kind: 'provider-overloaded' },
  serverOverloaded: { kind: 'provider-overloaded' },
  policyCapacityUnavailable: { kind: 'provider-overloaded' },
  modelNotFound: { kind: 'model-not-found' },
  cyberPolicy: { kind: 'policy-refused' },
  misalignmentPolicyViolation: { kind: 'policy-refused' },
  inferenceHookDenied: {
    kind: 'policy-refused',
    hint: "The workspace's inference hook denied the request: ask who runs it.",
  },
  tooManyDenials: { kind: 'approval-declined' },
  internalServerError: { kind: 'provider-unavailable' },
  unauthorized: { kind: 'provider-auth-failed' },
  badRequest: { kind: 'provider-bad-request' },
  threadRollbackFailed: { kind: 'backend-failed' },
  sandboxError: { kind: 'sandbox-failed' },
  httpConnectionFailed: { kind: 'provider-unavailable' },
  responseStreamConnectionFailed: { kind: 'provider-unavailable' },
  responseStreamDisconnected: { kind: 'provider-unavailable' },
  responseTooManyFailedAttempts: { kind: 'provider-unavailable' },
  activeTurnNotSteerable: {
    kind: 'invalid-input',
    retryable: true,
    safety: 'rejected',
    hint: 'The running turn takes no input: send it again when the compaction or review is over.',
  },
}

/** What the error codes of providers mean; `code` first, else `type`, of the body's `error`. */
const KIND_OF_PROVIDER_CODE: Readonly<Record<string, FailureKind>> = {
  context_length_exceeded: 'context-window-exceeded',
  model_not_found: 'model-not-found',
  invalid_api_key: 'provider-auth-failed',
  authentication_error: 'provider-auth-failed',
  permission_error: 'provider-auth-failed',
  insufficient_quota: 'provider-usage-limited',
  usage_limit_reached: 'provider-usage-limited',
  usage_not_included: 'provider-usage-limited',
  rate_limit_exceeded: 'provider-rate-limited',
  rate_limit_error: 'provider-rate-limited',
  slow_down: 'provider-rate-limited',
  server_is_overloaded: 'provider-overloaded',
  overloaded_error: 'provider-overloaded',
  server_error: 'provider-unavailable',
  cyber_policy: 'policy-refused',
  content_policy_violation: 'policy-refused',
  invalid_prompt: 'provider-bad-request',
  invalid_request_error: 'provider-bad-request',
}

/** Concludes from Codex's own classification of a turn error. `other` and unknown names conclude nothing. */
export function judgeErrorInfo(info: JsonValue): Verdict | undefined {
  if (typeof info === 'string') return lookUp(KIND_OF_INFO, info)
  if (typeof info !== 'object' || info === null) return undefined
  for (const [name, fields] of Object.entries(info)) {
    // A name from a newer Codex may still carry a status.
    const status = readNumber(fields, 'httpStatusCode')
    const verdict = status === undefined ? lookUp(KIND_OF_INFO, name) : judgeStatus(status)
    if (verdict !== undefined) return verdict
  }
  return undefined
}

/** Concludes from the HTTP status that a provider answered with. */
export function judgeStatus(status: number): Verdict {
  const found = { httpStatus: status }
  switch (status) {
    case 401:
    case 403:
    case 407:
      return { kind: 'provider-auth-failed', ...found }
    case 402:
      return { kind: 'provider-usage-limited', ...found }
    case 404:
      return {
        kind: 'provider-bad-request',
        hint: "The provider does not know this address: check its `base_url`, and the model's name.",
        ...found,
      }
    case 408:
    case 409:
    case 425:
      return { kind: 'provider-unavailable', ...found }
    case 429:
      return { kind: 'provider-rate-limited', ...found }
    case 503:
    case 529:
      return { kind: 'provider-overloaded', ...found }
    default:
      return {
        kind: status >= 400 && status < 500 ? 'provider-bad-request' : 'provider-unavailable',
        ...found,
      }
  }
}

/** Concludes from the provider's JSON error body, where the message holds one. */
export function judgeBody(message: string): Verdict | undefined {
  const start = message.indexOf('{')
  const end = message.lastIndexOf('}')
  if (start === -1 || end < start || end - start > LONGEST_BODY) return undefined
  let body: unknown
  try {
    body = JSON.parse(message.slice(start, end + 1))
  } catch {
    return undefined
  }
  const error = readMember(body, 'error') ?? body
  for (const code of [readText(error, 'code'), readText(error, 'type')]) {
    const kind = code === undefined ? undefined : lookUp(KIND_OF_PROVIDER_CODE, code)
    if (code !== undefined && kind !== undefined) return { kind, providerCode: code }
  }
  return undefined
}

function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}
