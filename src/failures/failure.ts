/** A value that JSON can carry. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** Every kind of failure, in the order of the documentation. */
export const FAILURE_KINDS = [
  'secret-unavailable',
  'backend-spawn-failed',
  'backend-timeout',
  'backend-json-parse-error',
  'backend-protocol-error',
  'backend-response-invalid',
  'backend-failed',
  'transport-closed-before-turn-completed',
  'provider-auth-failed',
  'provider-rate-limited',
  'provider-usage-limited',
  'provider-overloaded',
  'provider-unavailable',
  'provider-bad-request',
  'model-not-found',
  'context-window-exceeded',
  'policy-refused',
  'sandbox-failed',
  'server-overloaded',
  'turn-stalled',
  'turn-interrupted',
  'approval-declined',
  'exec-exit-nonzero',
  'invalid-input',
] as const

/**
 * What went wrong, as far as a program can act on it. `backend` is Codex itself, `provider` is the model's
 * server behind it, `server` is the app-server's own queue.
 */
export type FailureKind = (typeof FAILURE_KINDS)[number]

/**
 * What repeating the failed operation may do.
 *
 * - `not-sent`: Codex never got it; repeating it is the first attempt.
 * - `rejected`: it was refused or failed before it changed anything.
 * - `indeterminate`: nobody knows whether Codex acted on it.
 * - `side-effects-possible`: commands, patches or tools may have run before it failed.
 */
export type RetrySafety = 'not-sent' | 'rejected' | 'indeterminate' | 'side-effects-possible'

/**
 * What was being done.
 *
 * - `configure`: options were checked, nothing was started.
 * - `spawn`: a process was started or a connection was opened.
 * - `initialize`: the handshake.
 * - `thread`: a thread was started, resumed, forked, read or archived.
 * - `turn-start`: `turn/start` was sent and not answered.
 * - `turn`: a turn was running.
 * - `approval`: an approval was being decided.
 * - `request`: any other request.
 * - `exec`: a `codex exec` run.
 * - `close`: the connection was being closed.
 */
export type FailurePhase =
  | 'configure'
  | 'spawn'
  | 'initialize'
  | 'thread'
  | 'turn-start'
  | 'turn'
  | 'approval'
  | 'request'
  | 'exec'
  | 'close'

/** Why a turn was interrupted, when the one who asks for a classification knows. */
export type InterruptedBy = 'user' | 'timeout' | 'stall' | 'approval' | 'server'

/** The facts behind a failure, for logs. Absent members were not known. Texts are redacted and bounded. */
export interface FailureDetails {
  /** `name` of the error, for example `TypeError`. */
  readonly errorName?: string
  /** Stable code of the error: one of this library's, or the system's such as `ECONNRESET`. */
  readonly errorCode?: string
  /** Method of the request that failed. */
  readonly method?: string
  /** Number of a JSON-RPC error. */
  readonly rpcCode?: number
  /** `data` of a JSON-RPC error. */
  readonly rpcData?: JsonValue
  /** Deadline that passed, in milliseconds. */
  readonly timeoutMs?: number
  /** The option that was wrong. */
  readonly option?: string
  /** Error code in the provider's answer, for example `insufficient_quota`. */
  readonly providerCode?: string
  /** What Codex adds to the message of a turn error. */
  readonly additionalDetails?: string
  /** Whether Codex said that it tries again by itself. */
  readonly willRetry?: boolean
  /** How the connection ended: `local`, `remote` or `error`. */
  readonly closeKind?: string
  /** Status code of a WebSocket's closing handshake. */
  readonly closeCode?: number
  /** Length in bytes of a message that the close cut off. */
  readonly partialBytes?: number
  /** Exit code of the process. */
  readonly exitCode?: number
  /** Signal that ended the process. */
  readonly signal?: string
  /** Last part of what the process wrote to its error stream. */
  readonly stderrTail?: string
  /** Who interrupted the turn. */
  readonly interruptedBy?: InterruptedBy
  /** Messages of the errors behind the error, outermost first. */
  readonly causes?: readonly string[]
}

/** A failure as plain data: safe to log, to store as JSON and to send elsewhere. */
export interface Failure {
  /** What went wrong. */
  readonly kind: FailureKind
  /** What was being done. */
  readonly phase: FailurePhase
  /** One text for people, redacted, at most {@link MAX_MESSAGE_LENGTH} characters. */
  readonly message: string
  /**
   * Whether the same operation can succeed later without anybody changing anything. Whether it may be
   * repeated is another question: see `retrySafety`.
   */
  readonly retryable: boolean
  /** What repeating the operation may do. */
  readonly retrySafety: RetrySafety
  /** How long to wait before a retry, in milliseconds, when the other side said so. */
  readonly retryAfterMs?: number
  /** HTTP status that the provider, or the server of a WebSocket, answered with. */
  readonly httpStatus?: number
  /** Codex's own classification, as it came: a string, or an object with one key. */
  readonly codexErrorInfo?: JsonValue
  /** One sentence that says what to do about it. */
  readonly hint: string
  /** The facts behind it. */
  readonly details: FailureDetails
}

/** Most characters of a failure's `message`: 2,000. */
export const MAX_MESSAGE_LENGTH = 2000

/** What the one who asks knows and the cause does not tell. Every member may be left out. */
export interface FailureContext {
  /** What was being done. @default derived from the cause, else `request` */
  readonly phase?: FailurePhase | undefined
  /**
   * Whether the request left this process. `false` makes the failure `not-sent`.
   * @default what the cause says of itself, else unknown
   */
  readonly requestWritten?: boolean | undefined
  /**
   * Whether commands, patches or tools may have run. `true` makes the failure `side-effects-possible`. `false`
   * is for a turn whose end was seen and in which none was: it makes the error of a turn `rejected`.
   * @default unknown, which makes the error of a turn `indeterminate`
   */
  readonly sideEffectsPossible?: boolean | undefined
  /** Exit code of the process, when the cause does not carry it. */
  readonly exitCode?: number | null | undefined
  /** Signal that ended the process, when the cause does not carry it. */
  readonly signal?: string | null | undefined
  /** Last part of the process's error stream, when the cause does not carry it. */
  readonly stderrTail?: string | undefined
  /** Who interrupted the turn. Decides the kind of an interrupted or aborted turn. @default `user` */
  readonly interruptedBy?: InterruptedBy | undefined
  /**
   * How long to wait before a retry, in milliseconds, when it is known from elsewhere, for example from
   * `account/rateLimits/updated`. @default read from the cause
   */
  readonly retryAfterMs?: number | undefined
  /** The current time in milliseconds since 1970, for a `retry-after` that is a date. @default the clock */
  readonly now?: number | undefined
  /** Removes secrets from a text. @default `redact` of the redaction layer */
  readonly redact?: ((text: string) => string) | undefined
}
