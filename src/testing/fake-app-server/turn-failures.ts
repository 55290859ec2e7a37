import type { Received } from '../../protocol/index.js'

/** Why a turn fails: a word of Codex such as `usageLimitExceeded`, or an object with facts. */
export type FakeErrorInfo = Received.CodexErrorInfo

const HTTP_TEXTS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Payload Too Large',
  422: 'Unprocessable Entity',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}

const MESSAGES: Readonly<Record<string, string>> = {
  contextWindowExceeded:
    "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.",
  internalServerError: 'We’re currently experiencing high demand, which may cause temporary errors.',
  other: 'stream disconnected before completion: stream closed before response.completed',
  rateLimitExceeded: 'Rate limit exceeded. Try again later.',
  serverOverloaded: 'Selected model is at capacity. Please try a different model.',
  usageLimitExceeded: 'You’ve hit your usage limit. Try again later.',
}

/** The error of a turn that failed; without a message, the one that Codex has for it. */
export function turnError(info: FakeErrorInfo, message?: string): Received.TurnError {
  return {
    message: message ?? defaultMessage(info),
    codexErrorInfo: info,
    additionalDetails: null,
    misalignment: null,
  }
}

/** The error that Codex tells when it tries again. */
export function retryError(
  attempt: number,
  of: number,
  details: string,
  status: number | null,
): Received.TurnError {
  return {
    message: `Reconnecting... ${attempt}/${of}`,
    codexErrorInfo: { responseStreamDisconnected: { httpStatusCode: status } },
    additionalDetails: details,
    misalignment: null,
  }
}

function defaultMessage(info: FakeErrorInfo): string {
  if (typeof info === 'string') return MESSAGES[info] ?? `The model provider failed: ${info}`
  const status = statusOf(info)
  if ('responseTooManyFailedAttempts' in info) {
    return `exceeded retry limit, last status: ${status}`
  }
  return `unexpected status ${status}, url: http://127.0.0.1/v1/responses`
}

function statusOf(info: object): string {
  const [facts] = Object.values(info) as ({ readonly httpStatusCode?: number | null } | undefined)[]
  const code = facts?.httpStatusCode ?? 500
  return HTTP_TEXTS[code] === undefined ? String(code) : `${code} ${HTTP_TEXTS[code]}`
}
