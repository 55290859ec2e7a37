import type { Failure } from '../../src/failures/index.js'
import { type Reply, reply } from '../../src/testing/index.js'

/** What Codex makes of a status, or of a connection that cannot be made. */
export const failedConnection = (httpStatusCode: number | null) => ({
  httpConnectionFailed: { httpStatusCode },
})
const tooMany = { responseTooManyFailedAttempts: { httpStatusCode: 429 } }
const badImage = 'The image data you provided does not represent a valid image'

/** A provider's answer, and what the failure of the turn must hold. */
export type Row = readonly [cause: string, answer: Reply, expected: Partial<Failure>]

/** Answers with an HTTP status that is an error. */
export const HTTP_ROWS: readonly Row[] = [
  ['400', reply.httpError(400), { kind: 'provider-bad-request', codexErrorInfo: 'other' }],
  [
    '400 for an image',
    reply.httpError(400, { message: badImage }),
    { kind: 'provider-bad-request', codexErrorInfo: 'badRequest' },
  ],
  [
    'context_length_exceeded',
    reply.httpError(400, { code: 'context_length_exceeded' }),
    { kind: 'context-window-exceeded', codexErrorInfo: 'contextWindowExceeded' },
  ],
  ...(
    [
      [401, 'provider-auth-failed'],
      [402, 'provider-usage-limited'],
      [403, 'provider-auth-failed'],
      [404, 'provider-bad-request'],
      [408, 'provider-unavailable'],
      [409, 'provider-unavailable'],
      [413, 'provider-bad-request'],
      [422, 'provider-bad-request'],
      [502, 'provider-unavailable'],
      [503, 'provider-overloaded'],
      [529, 'provider-overloaded'],
    ] as const
  ).map(
    ([status, kind]): Row => [
      String(status),
      reply.httpError(status),
      { kind, httpStatus: status, codexErrorInfo: failedConnection(status) },
    ],
  ),
  [
    'model_not_found',
    reply.httpError(404, { code: 'model_not_found', message: 'no such model' }),
    { kind: 'model-not-found', codexErrorInfo: 'modelNotFound' },
  ],
  ['429', reply.httpError(429), { kind: 'provider-rate-limited', httpStatus: 429, codexErrorInfo: tooMany }],
  [
    '429 with retry-after',
    reply.httpError(429, { retryAfterSeconds: 7 }),
    { kind: 'provider-rate-limited', codexErrorInfo: tooMany },
  ],
  ...['usage_limit_reached', 'usage_not_included', 'insufficient_quota'].map(
    (code): Row => [
      `429 ${code}`,
      reply.httpError(429, { code }),
      { kind: 'provider-usage-limited', codexErrorInfo: 'usageLimitExceeded', retryable: false },
    ],
  ),
  [
    '500',
    reply.httpError(500),
    { kind: 'provider-unavailable', codexErrorInfo: 'internalServerError', retryable: true },
  ],
  [
    '503 server_is_overloaded',
    reply.httpError(503, { code: 'server_is_overloaded' }),
    { kind: 'provider-overloaded', codexErrorInfo: 'serverOverloaded' },
  ],
  [
    '503 slow_down',
    reply.httpError(503, { code: 'slow_down' }),
    { kind: 'provider-rate-limited', codexErrorInfo: 'rateLimitExceeded' },
  ],
]

/** Streams that begin well and fail. */
export const STREAM_ROWS: readonly Row[] = [
  [
    'context_length_exceeded',
    reply.failed('context_length_exceeded'),
    { kind: 'context-window-exceeded', codexErrorInfo: 'contextWindowExceeded' },
  ],
  [
    'insufficient_quota',
    reply.failed('insufficient_quota'),
    { kind: 'provider-usage-limited', codexErrorInfo: 'usageLimitExceeded' },
  ],
  [
    'server_is_overloaded',
    reply.failed('server_is_overloaded'),
    { kind: 'provider-overloaded', codexErrorInfo: 'serverOverloaded' },
  ],
  [
    'slow_down',
    reply.failed('slow_down'),
    { kind: 'provider-rate-limited', codexErrorInfo: 'rateLimitExceeded' },
  ],
  [
    'rate_limit_exceeded',
    reply.failed('rate_limit_exceeded', 'Please try again in 11.054s.'),
    { kind: 'provider-rate-limited', codexErrorInfo: 'rateLimitExceeded', retryAfterMs: 11_054 },
  ],
  ['cyber_policy', reply.failed('cyber_policy'), { kind: 'policy-refused', codexErrorInfo: 'cyberPolicy' }],
  [
    'model_not_found',
    reply.failed('model_not_found'),
    { kind: 'model-not-found', codexErrorInfo: 'modelNotFound' },
  ],
  [
    'invalid_prompt',
    reply.failed('invalid_prompt', 'Invalid prompt: flagged as a violation of the usage policy'),
    { kind: 'policy-refused', codexErrorInfo: 'other' },
  ],
  ['server_error', reply.failed('server_error'), { kind: 'provider-unavailable', codexErrorInfo: 'other' }],
  [
    'max_output_tokens',
    reply.incomplete('max_output_tokens'),
    { kind: 'provider-bad-request', codexErrorInfo: 'other' },
  ],
  ['content_filter', reply.incomplete('content_filter'), { kind: 'policy-refused', codexErrorInfo: 'other' }],
  ...(['end', 'close', 'reset'] as const).map(
    (how): Row => [
      `a stream cut by ${how}`,
      reply.cut(reply.text('half an answer'), { afterEvents: 2, how }),
      { kind: 'provider-unavailable', codexErrorInfo: 'other', retryable: true },
    ],
  ),
  [
    'events that are no JSON',
    reply.raw('event: response.created\ndata: {nope\n\n'),
    { kind: 'provider-unavailable', codexErrorInfo: 'other' },
  ],
]
