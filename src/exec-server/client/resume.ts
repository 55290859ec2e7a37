import { setTimeout as delay } from 'node:timers/promises'
import { RpcError } from '../../rpc/errors.js'
import { WebSocketRefusedError } from '../../transports/websocket/errors.js'
import { InvalidInputError } from '../../util/errors.js'
import { LONGEST_TIMER_MS } from '../../util/longest-timer.js'
import { checkInteger, checkKnownKeys, checkOptions, checkTimeoutMs } from '../../util/validate.js'
import { EXEC_ERROR_NUMBERS } from '../protocol/index.js'
import { ExecHandshakeError } from './errors.js'

/** How long a lost connection is tried to be made again by default: 25,000 ms. */
export const DEFAULT_RESUME_TIMEOUT_MS = 25_000
/** How long it is waited between two tries by default: 100 ms. */
export const DEFAULT_RESUME_INTERVAL_MS = 100

/** How a lost connection is made again. */
export interface ResumeOptions {
  /** How long after the loss it is given up, in milliseconds. @default DEFAULT_RESUME_TIMEOUT_MS */
  readonly timeoutMs?: number | undefined
  /** How long to wait between two tries, in milliseconds. @default DEFAULT_RESUME_INTERVAL_MS */
  readonly intervalMs?: number | undefined
}

/** {@link ResumeOptions}, checked and complete. */
export interface ResumeSettings {
  readonly timeoutMs: number
  readonly intervalMs: number
}

/** Fills in the defaults; `undefined` when nothing is to be resumed. Throws `InvalidInputError`. */
export function checkResume(resume: boolean | ResumeOptions | undefined): ResumeSettings | undefined {
  if (resume === false) return undefined
  const options = resume === true ? {} : resume
  checkOptions('resume', options)
  checkKnownKeys(options ?? {}, { timeoutMs: true, intervalMs: true })
  return {
    timeoutMs: checkTimeoutMs('resume.timeoutMs', options?.timeoutMs, DEFAULT_RESUME_TIMEOUT_MS),
    intervalMs: checkInteger(
      'resume.intervalMs',
      options?.intervalMs,
      DEFAULT_RESUME_INTERVAL_MS,
      0,
      LONGEST_TIMER_MS,
    ),
  }
}

/** Tries until it succeeds. Rejects with the last error at the deadline, on an abort, or when trying is of no use. */
export async function retryUntil<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, intervalMs }: ResumeSettings,
  signal: AbortSignal,
): Promise<T> {
  const deadline = timeoutMs === Infinity ? undefined : AbortSignal.timeout(timeoutMs)
  const stop = deadline ? AbortSignal.any([signal, deadline]) : signal
  let last: unknown
  for (;;) {
    try {
      return await attempt(stop)
    } catch (error) {
      // What a deadline broke off says less than what failed before it.
      if (!stop.aborted || last === undefined) last = error
      if (stop.aborted || !mayPass(error)) throw last
    }
    await delay(intervalMs, undefined, { signal: stop }).catch(() => {})
    if (stop.aborted) throw last
  }
}

/** Whether an attempt that failed so may succeed later. */
function mayPass(error: unknown): boolean {
  // The server may not have noticed yet that the old connection is gone.
  if (error instanceof RpcError) return error.rpcCode === EXEC_ERROR_NUMBERS.sessionAttached
  if (error instanceof ExecHandshakeError || error instanceof InvalidInputError) return false
  return !(error instanceof WebSocketRefusedError) || error.statusCode >= 500
}
