import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import {
  type CloseReason,
  RpcPeer,
  type RpcPeerOptions,
  type Transport,
  type WireMessage,
} from '../../src/rpc/index.js'
import { type StdioOptions, type StdioTransport, stdio } from '../../src/transports/stdio.js'
import { deferred } from '../../src/util/deferred.js'

/** What a transport tells its owner, in order. */
export interface Recorded {
  readonly messages: WireMessage[]
  readonly errors: Error[]
  readonly reasons: CloseReason[]
  readonly closed: Promise<CloseReason>
}

/** Takes the place of a transport's owner; the transport is closed when the test is over. */
export function record(transport: Transport): Recorded {
  const closed = deferred<CloseReason>()
  const recorded: Recorded = { messages: [], errors: [], reasons: [], closed: closed.promise }
  transport.onmessage = (message) => recorded.messages.push(message)
  transport.onerror = (error) => recorded.errors.push(error)
  transport.onclose = (reason) => {
    recorded.reasons.push(reason)
    closed.resolve(reason)
  }
  onTestFinished(() => transport.close())
  return recorded
}

/** One step of the program `test/fixtures/stdio-script.mjs`. */
export type Step =
  | { readonly out: string }
  | { readonly err: string }
  | { readonly exit: number }
  | { readonly kill: NodeJS.Signals }
  | { readonly [name in 'line' | 'wait' | 'hang' | 'heir' | 'closeInput' | 'closeOutput']?: true }

/** A transport to a program that does these steps. */
export function script(steps: readonly Step[], options: Partial<StdioOptions> = {}): StdioTransport {
  return program('stdio-script', [JSON.stringify(steps)], options)
}

/** A transport to a program in `test/fixtures`; its child is gone when the test is over. */
export function program(
  name: string,
  args: readonly string[] = [],
  options: Partial<StdioOptions> = {},
): StdioTransport {
  const file = fileURLToPath(new URL(`../fixtures/${name}.mjs`, import.meta.url))
  const transport = stdio({ command: process.execPath, args: [file, ...args], ...options })
  onTestFinished(() => transport.close())
  return transport
}

/** A started peer over a transport, and the errors it reports. */
export async function peerOver(transport: Transport, options: RpcPeerOptions = {}) {
  const errors: Error[] = []
  const peer = new RpcPeer(transport, { onError: (error) => errors.push(error), ...options })
  onTestFinished(() => peer.close())
  await peer.start()
  return { peer, errors }
}
