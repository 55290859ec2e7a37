import type { Transport } from '../../src/rpc/index.js'
import type { Plan } from '../fixtures/fault-server.mjs'

/** The transports of the matrix. */
export const TRANSPORTS = ['memory', 'stdio', 'ws', 'unix'] as const
export type TransportName = (typeof TRANSPORTS)[number]

/** Longest message that the transports of the matrix accept, in bytes. */
export const MAX_BYTES = 4_096

/** A transport that leads to a server with a plan. */
export interface Link {
  readonly transport: Transport
  /** Ends the transport if it has not ended, and resolves when nothing of the server is left. */
  gone(): Promise<unknown>
}

/** Makes links of one kind. To be disposed of when they are gone. */
export interface Links extends AsyncDisposable {
  open(plan: Plan): Link
}

/** What a port does that cannot do what it is told: the table must not tell it to. */
export function noCounterpart(what: string): never {
  throw new Error(`this transport has no counterpart of ${what}: the table must say so`)
}
