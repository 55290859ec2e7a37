import type { FailureKind, FailurePhase, RetrySafety } from './failure.js'

/** What a rule concludes from the facts. What it leaves out comes from the kind's defaults. */
export interface Verdict {
  readonly kind: FailureKind
  /** Replaces the kind's default. */
  readonly retryable?: boolean
  /** What a repeat may do, as far as the cause alone tells. */
  readonly safety?: RetrySafety
  /** Replaces the kind's hint. */
  readonly hint?: string
  /** Used when neither the context nor the method names the phase. */
  readonly phase?: FailurePhase
  /** An HTTP status that the rule found. */
  readonly httpStatus?: number
  /** An error code of the provider that the rule found. */
  readonly providerCode?: string
  /** Replaces the cause's own message. */
  readonly message?: string
}
