import { onTestFinished } from 'vitest'
import {
  type CloseReason,
  RpcPeer,
  type RpcPeerOptions,
  type Transport,
  type WireMessage,
} from '../../src/rpc/index.js'
import { memoryPair } from '../../src/transports/memory.js'

/** A transport whose other side is the test: it keeps what is sent and delivers what it is given. */
export class ManualTransport implements Transport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly sent: WireMessage[] = []
  closeCalls = 0

  async start(): Promise<void> {}

  send(message: WireMessage): void | Promise<void> {
    this.sent.push(message)
  }

  async close(): Promise<void> {
    this.closeCalls += 1
  }

  /** Delivers messages in one go, as those of one chunk. */
  deliver(...messages: unknown[]): void {
    for (const message of messages) this.onmessage?.(message as WireMessage)
  }

  end(reason: CloseReason = { kind: 'remote', message: 'the test ended it' }): void {
    this.onclose?.(reason)
  }
}

/** A started peer with a manual transport, and the errors it reports. */
export async function manualPeer(options: RpcPeerOptions = {}, transport = new ManualTransport()) {
  const errors: Error[] = []
  const peer = new RpcPeer(transport, { onError: (error) => errors.push(error), ...options })
  onTestFinished(() => peer.close())
  await peer.start()
  return { peer, transport, errors, sent: transport.sent }
}

/** Two started peers that speak with each other. */
export async function peerPair(left: RpcPeerOptions = {}, right: RpcPeerOptions = {}) {
  const [one, other] = memoryPair()
  const client = new RpcPeer(one, left)
  const server = new RpcPeer(other, right)
  onTestFinished(async () => {
    await client.close()
    await server.close()
  })
  await Promise.all([client.start(), server.start()])
  return { client, server }
}

/** Collects the rejections that nobody handles until the test is over, and fails it when there are any. */
export function failOnUnhandled(): void {
  const unhandled: unknown[] = []
  const listener = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', listener)
  onTestFinished(async () => {
    // Node tells of them once the microtasks are done.
    await macrotask()
    process.off('unhandledRejection', listener)
    if (unhandled.length > 0) throw new Error('Unhandled rejections', { cause: unhandled })
  })
}

/** Lets all microtasks run, and whatever they queue. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
