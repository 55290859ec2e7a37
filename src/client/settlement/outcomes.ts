import type { FailureContext } from '../../failures/index.js'
import type { ServerNotification } from '../../protocol/index.js'
import { ConnectionClosedError, ProtocolViolationError } from '../../rpc/errors.js'
import type { CloseReason } from '../../rpc/transport.js'
import { AbortedError } from '../../util/errors.js'
import type { Outcome } from './effects.js'

/** How the turn settles when Codex says that it has ended. Read loosely: whatever it says, the turn is over. */
export function endOutcome(turn: unknown, stopCause: Error | undefined, raw?: ServerNotification): Outcome {
  const { status, error } = (turn ?? {}) as { status?: unknown; error?: unknown }
  const told = { isConfirmed: true, ...(raw ? { raw } : {}) }
  if (status === 'completed') return { status, ...told }
  if (status === 'interrupted') {
    return stopCause
      ? { status, cause: stopCause, ...told }
      : { status, cause: new AbortedError('The turn'), context: { interruptedBy: 'server' }, ...told }
  }
  const cause =
    error ?? new ProtocolViolationError(`the turn ended as ${describeStatus(status)} without an error`)
  return { status: 'failed', cause, ...told }
}

/** How the turn settles when its connection is gone. */
export function closedOutcome(
  reason: CloseReason,
  stopCause: Error | undefined,
  context?: FailureContext,
): Outcome {
  return {
    ...(context ? { context } : {}),
    status: reason.kind === 'local' || stopCause ? 'interrupted' : 'failed',
    cause: stopCause ?? new ConnectionClosedError(reason),
    isConfirmed: false,
  }
}

/** How the turn settles when its thread is idle and nobody knows how the turn ended. */
export function untoldOutcome(cause: unknown): Outcome {
  const error = new ProtocolViolationError('the turn ended without being told', { cause })
  return { status: 'failed', cause: error, isConfirmed: false }
}

/** Off the wire, so of any type; objects may even refuse to become text. */
function describeStatus(status: unknown): string {
  return typeof status === 'string' ? status.slice(0, 40) : typeof status
}
