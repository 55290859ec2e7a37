import pTimeout, { TimeoutError } from 'p-timeout'
import type {
  ApprovalDecision,
  ApprovalHook,
  ApprovalOutcome,
  ApprovalRequest,
  CommandDecision,
} from './requests.js'

/** Deadline of a decision by default: 300,000 ms. */
export const DEFAULT_APPROVAL_TIMEOUT_MS = 300_000

/** What {@link decide} needs besides the request. */
export interface DecideOptions {
  readonly hook: ApprovalHook | undefined
  /** Time the hook has, in milliseconds, or `Infinity`. */
  readonly timeoutMs: number
  /** Aborts when the answer is no longer wanted. */
  readonly signal: AbortSignal
}

/** Asks the hook about a request. Never rejects: whatever goes wrong is a decline, and says so. */
export async function decide(request: ApprovalRequest, options: DecideOptions): Promise<ApprovalOutcome> {
  const { hook, signal } = options
  if (!hook) return decline('no-hook')
  if (signal.aborted) return decline('withdrawn')
  const asking = new AbortController()
  const { promise: withdrawn, stop } = whenAborted(signal)
  try {
    const asked = (async () => hook(request, { signal: asking.signal }))()
    const answer = await pTimeout(Promise.race([asked, withdrawn]), { milliseconds: options.timeoutMs })
    return answer === WITHDRAWN ? decline('withdrawn') : await check(request, answer)
  } catch (error) {
    if (error instanceof TimeoutError) return decline('timeout')
    return decline('hook-failed', error instanceof Error ? error : new Error(String(error)))
  } finally {
    stop()
    // Tells a hook that is still at it; one that has answered no longer listens.
    asking.abort()
  }
}

const WITHDRAWN = Symbol('withdrawn')

function whenAborted(signal: AbortSignal): { promise: Promise<typeof WITHDRAWN>; stop: () => void } {
  let stop = () => {}
  const promise = new Promise<typeof WITHDRAWN>((resolve) => {
    const onAbort = () => resolve(WITHDRAWN)
    signal.addEventListener('abort', onAbort, { once: true })
    stop = () => signal.removeEventListener('abort', onAbort)
  })
  return { promise, stop }
}

async function check(request: ApprovalRequest, answer: unknown): Promise<ApprovalOutcome> {
  const schemas = await import('./schemas.js')
  const schema = request.kind === 'command' ? schemas.commandDecision : schemas.fileChangeDecision
  const parsed = schema.safeParse(answer)
  if (!parsed.success) return decline('invalid-decision')
  const decision = parsed.data
  if (request.kind === 'command' && !isOffered(decision, request.availableDecisions)) {
    return decline('not-offered')
  }
  return { decision, decidedBy: 'hook' }
}

/** Refusing is always allowed; anything else must be among what Codex offers, when it says what that is. */
function isOffered(decision: CommandDecision, offered: readonly CommandDecision[] | undefined): boolean {
  if (decision === 'decline' || decision === 'cancel' || offered === undefined) return true
  return offered.some((offer) => nameOf(offer) === nameOf(decision))
}

function nameOf(decision: unknown): unknown {
  return typeof decision === 'object' && decision !== null ? Object.keys(decision)[0] : decision
}

function decline(decidedBy: ApprovalOutcome['decidedBy'], error?: Error): ApprovalOutcome {
  const decision: ApprovalDecision = 'decline'
  return error ? { decision, decidedBy, error } : { decision, decidedBy }
}
