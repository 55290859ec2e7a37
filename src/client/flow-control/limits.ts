import { checkInteger } from '../../util/validate.js'

/** Requests in flight at once by default: 64. Measured: above 256 Codex refuses some and drops others. */
export const DEFAULT_MAX_IN_FLIGHT_REQUESTS = 64
/** Requests in flight at once that load a thread, by default: 8. */
export const DEFAULT_MAX_THREAD_REQUESTS = 8
/** How often a request that an overloaded Codex refused is sent again by default: 5 times. */
export const DEFAULT_OVERLOAD_RETRIES = 5

/** How much is asked of Codex at once; the options of the client by the same names say more. */
export interface FlowLimits {
  readonly maxInFlightRequests: number
  readonly maxThreadRequests: number
  readonly overloadRetries: number
}

/** Checks the limits and fills in the defaults. Throws `InvalidInputError` naming the option. */
export function checkFlowLimits(
  options: {
    readonly [Name in keyof FlowLimits]?: FlowLimits[Name] | undefined
  },
): FlowLimits {
  return {
    maxInFlightRequests: checkInteger(
      'maxInFlightRequests',
      options.maxInFlightRequests,
      DEFAULT_MAX_IN_FLIGHT_REQUESTS,
      1,
    ),
    maxThreadRequests: checkInteger(
      'maxThreadRequests',
      options.maxThreadRequests,
      DEFAULT_MAX_THREAD_REQUESTS,
      1,
    ),
    overloadRetries: checkInteger('overloadRetries', options.overloadRetries, DEFAULT_OVERLOAD_RETRIES, 0),
  }
}
