import type { ServerNotification } from '../../protocol/index.js'
import type { CloseReason } from '../../rpc/transport.js'
import type { TimerName } from './state.js'

/** A fact about a turn, its thread or its connection. */
export type SettlementInput =
  /** The turn is to be started. */
  | { readonly type: 'begin' }
  /** The start is being sent: until now it waited its turn among the requests. */
  | { readonly type: 'startWritten' }
  /** Codex had no room for the start, and did not look at it: it waits to be sent again. */
  | { readonly type: 'startOverloaded'; readonly refusal: Error }
  /** Codex told the turn's id, or so much has come that the turn which was seen is taken for ours. */
  | { readonly type: 'started'; readonly turnId: string }
  /** What was held while the id was awaited has been taken. */
  | { readonly type: 'caughtUp' }
  /** Codex refused the start: nothing runs. */
  | { readonly type: 'startRefused'; readonly error: unknown }
  /** The start has no answer that can be used: the turn may run all the same. */
  | { readonly type: 'startUnanswered'; readonly error: unknown }
  /** The turn that runs in the thread while the id is awaited; `undefined` when it has ended. */
  | { readonly type: 'turnSeen'; readonly turnId: string | undefined }
  /** The program, a signal, a deadline or a watchdog wants the turn to end. */
  | { readonly type: 'stopRequested'; readonly cause: Error }
  /** Codex refused the interrupt, or could not be asked. */
  | { readonly type: 'interruptFailed' }
  /** A notification of the turn came that does not end it. Counts only while an interrupt is on its way. */
  | { readonly type: 'turnEvent' }
  | { readonly type: 'threadIdle' }
  | { readonly type: 'threadActive' }
  /** A message could not be read. */
  | { readonly type: 'messageLost' }
  /** Nothing came for long. `cause` stops the turn if the server does not answer; without it nothing does. */
  | { readonly type: 'silent'; readonly cause: Error | undefined }
  /** Codex says that the turn has ended. Off the wire, so of any shape. */
  | { readonly type: 'ended'; readonly turn: unknown; readonly raw: ServerNotification }
  /** The thread answered how the turn stands; `undefined` when it does not know it. */
  | { readonly type: 'turnRead'; readonly id: number; readonly turn: unknown }
  /** The thread could not be asked. */
  | { readonly type: 'readFailed'; readonly id: number; readonly error: unknown }
  /** A timer that was armed has fired. */
  | { readonly type: 'timeout'; readonly timer: TimerName }
  /** The connection is gone, and may come back. */
  | { readonly type: 'connectionLost'; readonly reason: CloseReason }
  /** It is back, and the thread is resumed. */
  | { readonly type: 'connectionRestored' }
  /** The connection is gone for good. */
  | { readonly type: 'connectionClosed'; readonly reason: CloseReason }
