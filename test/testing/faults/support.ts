import type { CloseReason, WireMessage } from '../../../src/rpc/index.js'
import { type Fault, faultyTransport } from '../../../src/testing/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { record } from '../../transports/helpers.js'

export const KILLED: CloseReason = { kind: 'remote', message: 'killed', signal: 'SIGKILL' }

/** A started transport with faults, and the plain other end of it. */
export async function openFaulty(...faults: Fault[]) {
  const [near, far] = memoryPair()
  const transport = faultyTransport(near, faults)
  const seen = record(transport)
  const other = record(far)
  await Promise.all([transport.start(), far.start()])
  return { transport, seen, far, other }
}

/** A notification. */
export function note(method: string, params?: unknown): WireMessage {
  return params === undefined ? { method } : { method, params }
}

/** Turns a list of messages into the list of their methods, or `#id` for answers. */
export function methods(messages: readonly WireMessage[]): string[] {
  return messages.map((message) => {
    const { method, id } = message as { method?: string; id?: unknown }
    return method ?? `#${id}`
  })
}
