export { classifyFailure, createFailure, isFailure } from './classify.js'
export type {
  Failure,
  FailureContext,
  FailureDetails,
  FailureKind,
  FailurePhase,
  InterruptedBy,
  JsonValue,
  RetrySafety,
} from './failure.js'
export { FAILURE_KINDS, MAX_MESSAGE_LENGTH } from './failure.js'
export { isRetryable, isSafeToRepeat, withRetry } from './retry.js'
export type { RetryAttempt, RetryPolicy } from './retry-policy.js'
export { DEFAULT_RETRY } from './retry-policy.js'
export { itemMayHaveSideEffects } from './side-effects.js'
