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
