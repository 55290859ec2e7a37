import type { Failure, FailureKind } from '../../src/failures/index.js'
import type { Case } from './causes.js'

const turnError = (codexErrorInfo: unknown, message = 'text of the server') => ({
  message,
  codexErrorInfo,
  additionalDetails: null,
})

const status = (httpStatusCode: number | null, variant = 'httpConnectionFailed') => ({
  [variant]: { httpStatusCode },
})

const BY_NAME: Readonly<Record<string, FailureKind>> = {
  contextWindowExceeded: 'context-window-exceeded',
  sessionBudgetExceeded: 'provider-usage-limited',
  usageLimitExceeded: 'provider-usage-limited',
  rateLimitExceeded: 'provider-rate-limited',
  flexUnavailable: 'provider-overloaded',
  serverOverloaded: 'provider-overloaded',
  policyCapacityUnavailable: 'provider-overloaded',
  modelNotFound: 'model-not-found',
  cyberPolicy: 'policy-refused',
  misalignmentPolicyViolation: 'policy-refused',
  inferenceHookDenied: 'policy-refused',
  tooManyDenials: 'approval-declined',
  internalServerError: 'provider-unavailable',
  unauthorized: 'provider-auth-failed',
  badRequest: 'provider-bad-request',
  threadRollbackFailed: 'backend-failed',
  sandboxError: 'sandbox-failed',
}

const BY_STATUS: Readonly<Record<number, FailureKind>> = {
  400: 'provider-bad-request',
  401: 'provider-auth-failed',
  402: 'provider-usage-limited',
  403: 'provider-auth-failed',
  404: 'provider-bad-request',
  408: 'provider-unavailable',
  409: 'provider-unavailable',
  413: 'provider-bad-request',
  422: 'provider-bad-request',
  429: 'provider-rate-limited',
  500: 'provider-unavailable',
  502: 'provider-unavailable',
  503: 'provider-overloaded',
  529: 'provider-overloaded',
}

/** What `other` hides: the text is all there is. */
const BY_TEXT: readonly (readonly [message: string, expected: Partial<Failure>])[] = [
  ['{"error":{"message":"no","type":"t","code":null}}', { kind: 'provider-bad-request' }],
  ['{"error":{"message":"no","code":"insufficient_quota"}}', { kind: 'provider-usage-limited' }],
  ['Missing environment variable: `SOME_KEY`.', { kind: 'secret-unavailable' }],
  ['Reconnecting... waiting for network', { kind: 'provider-unavailable', retryable: true }],
  [
    'stream disconnected before completion: stream closed before response.completed',
    { kind: 'provider-unavailable' },
  ],
  ['Incomplete response returned, reason: max_output_tokens', { kind: 'provider-bad-request' }],
  [
    'stream disconnected before completion: Incomplete response returned, reason: content_filter',
    { kind: 'policy-refused' },
  ],
  ['Invalid prompt: your prompt was flagged as a violation of our usage policy', { kind: 'policy-refused' }],
  ['Invalid prompt', { kind: 'provider-bad-request' }],
  ['unexpected status 503 Service Unavailable: x', { kind: 'provider-overloaded', httpStatus: 503 }],
  ['the model `x` does not exist', { kind: 'model-not-found' }],
  ['Rate limit reached, try again in 1.5s', { kind: 'provider-rate-limited', retryAfterMs: 1500 }],
  ['Selected model is at capacity', { kind: 'provider-overloaded' }],
  ['Incorrect API key provided', { kind: 'provider-auth-failed' }],
  ['the tool timed out', { kind: 'backend-timeout' }],
  ['nothing that anybody knows', { kind: 'backend-failed' }],
]

export const TURN_ERRORS: readonly Case[] = [
  ...Object.entries(BY_NAME).map(
    ([info, kind]): Case => ({
      title: info,
      cause: turnError(info),
      expected: { kind, phase: 'turn', codexErrorInfo: info, retrySafety: 'indeterminate' },
    }),
  ),
  ...Object.entries(BY_STATUS).map(
    ([code, kind]): Case => ({
      title: `a provider that answers ${code}`,
      cause: turnError(status(Number(code))),
      expected: { kind, httpStatus: Number(code), codexErrorInfo: status(Number(code)) },
    }),
  ),
  ...[
    'responseStreamConnectionFailed',
    'responseStreamDisconnected',
    'responseTooManyFailedAttempts',
  ].flatMap((variant): Case[] => [
    {
      title: `${variant} with 429`,
      cause: turnError(status(429, variant)),
      expected: { kind: 'provider-rate-limited', httpStatus: 429, retryable: true },
    },
    {
      title: `${variant} without a status`,
      cause: turnError(status(null, variant)),
      expected: { kind: 'provider-unavailable', retryable: true },
    },
  ]),
  ...BY_TEXT.map(
    ([message, expected]): Case => ({
      title: `other: ${message}`,
      cause: turnError('other', message),
      expected: { ...expected, phase: 'turn' },
    }),
  ),
  {
    title: 'a kind of error that only a newer Codex knows, with a status',
    cause: turnError(status(401, 'somethingNew')),
    expected: { kind: 'provider-auth-failed', codexErrorInfo: status(401, 'somethingNew') },
  },
  {
    title: 'a kind of error that only a newer Codex knows',
    cause: turnError('somethingNew', 'usage limit'),
    expected: { kind: 'provider-usage-limited', codexErrorInfo: 'somethingNew' },
  },
  {
    title: 'a code in the body that says more than the status',
    cause: turnError(status(429), 'status 429: {"error":{"code":"insufficient_quota"}}'),
    expected: {
      kind: 'provider-usage-limited',
      httpStatus: 429,
      details: { providerCode: 'insufficient_quota' },
    },
  },
  {
    title: 'the params of an error notification',
    cause: {
      error: { ...turnError(status(null), 'Reconnecting... 1/2'), additionalDetails: 'Connection failed' },
      willRetry: true,
      threadId: 'a',
      turnId: 'b',
    },
    expected: {
      kind: 'provider-unavailable',
      message: 'Reconnecting... 1/2 (Connection failed)',
      details: { additionalDetails: 'Connection failed', willRetry: true },
    },
  },
  {
    title: 'the params of turn/completed',
    cause: { threadId: 'a', turn: { id: 'b', status: 'failed', error: turnError('unauthorized') } },
    expected: { kind: 'provider-auth-failed', phase: 'turn' },
  },
  {
    title: 'a usage limit that says when it resets',
    cause: turnError('usageLimitExceeded', 'limit reached, resets in 3h'),
    expected: { kind: 'provider-usage-limited', retryable: true, retryAfterMs: 10_800_000 },
  },
]
