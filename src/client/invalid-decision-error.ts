import { ConduitError } from '../util/errors.js'

/** A hook's answer was not a decision of the request, or not one that Codex offers. It was declined instead. */
export class InvalidDecisionError extends ConduitError {
  readonly code = 'INVALID_DECISION'
}
