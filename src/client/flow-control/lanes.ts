import type { FlowLimits } from './limits.js'
import type { RequestClass } from './request-class.js'
import { WaitingList } from './waiting-list.js'
import type { WaitingRequest } from './waiting-request.js'

/** The requests of one class: how many are in flight, and which wait. */
export interface Lane {
  inFlight: number
  readonly waiting: WaitingList
  /** Whether the limits let one more be sent. */
  readonly hasRoom: () => boolean
}

/** A lane for each class of requests. */
export type FlowLanes = Readonly<Record<RequestClass, Lane>>

/**
 * Makes the lanes. Ordinary requests and those that load threads share `maxInFlightRequests`; lasting ones have
 * as many places of their own; urgent ones have no limit.
 */
export function makeLanes({ maxInFlightRequests, maxThreadRequests }: FlowLimits): FlowLanes {
  const isRoomForAll = () => lanes.ordinary.inFlight + lanes.thread.inFlight < maxInFlightRequests
  const lane = (hasRoom: (lane: Lane) => boolean): Lane => {
    const made: Lane = { inFlight: 0, waiting: new WaitingList(), hasRoom: () => hasRoom(made) }
    return made
  }
  const lanes: FlowLanes = {
    urgent: lane(() => true),
    ordinary: lane(isRoomForAll),
    thread: lane(({ inFlight }) => inFlight < maxThreadRequests && isRoomForAll()),
    lasting: lane(({ inFlight }) => inFlight < maxInFlightRequests),
  }
  return lanes
}

/**
 * The request that has waited longest among those that there is room for: a full lane holds up no other, and a
 * busy one cannot pass those that came before.
 */
export function nextWaiting(lanes: FlowLanes): WaitingRequest | undefined {
  let next: WaitingRequest | undefined
  for (const { waiting, hasRoom } of [lanes.ordinary, lanes.thread, lanes.lasting]) {
    const { first } = waiting
    if (first && (!next || first.order < next.order) && hasRoom()) next = first
  }
  return next
}
