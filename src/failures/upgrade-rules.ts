import type { Verdict } from './verdict.js'

const MESSAGE = /unexpected server response: (\d{3})\b/i

/** The HTTP status in the message with which WebSocket clients report a refused upgrade. */
export function readUpgradeStatus(message: string): number | undefined {
  const status = MESSAGE.exec(message.slice(0, 1000))?.[1]
  return status === undefined ? undefined : Number(status)
}

/** Concludes from the HTTP status with which an app-server, or a proxy before it, refused a connection. */
export function judgeUpgradeRefusal(httpStatus: number): Verdict {
  const base = { safety: 'not-sent', phase: 'spawn', httpStatus } as const
  if (httpStatus === 401 || httpStatus === 407) {
    return {
      ...base,
      kind: 'secret-unavailable',
      hint: 'The app-server refuses the connection: give the token that it was started with.',
    }
  }
  if (httpStatus === 403) {
    return {
      ...base,
      kind: 'secret-unavailable',
      hint: 'The app-server forbids the connection: send no Origin header, and check the token.',
    }
  }
  if (httpStatus === 429 || httpStatus === 503) return { ...base, kind: 'server-overloaded' }
  return {
    ...base,
    kind: 'backend-spawn-failed',
    retryable: httpStatus >= 500,
    hint: 'What answers at this address is no app-server, or is not ready: check the address.',
  }
}
