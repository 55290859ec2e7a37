import {
  MessageParseError,
  NoiseLineError,
  OversizeMessageError,
  TransportClosedError,
} from '../../src/rpc/index.js'
import { faultyTransport } from '../../src/testing/index.js'
import { memoryPair } from '../../src/transports/memory.js'
import { FaultServer, type Plan, type Port } from '../fixtures/fault-server.mjs'
import { type Link, MAX_BYTES, noCounterpart } from './link.js'

/** No bytes, no process: what a transport makes of a fault is told to the client as a transport tells it. */
export function memoryLink(plan: Plan): Link {
  const [near, far] = memoryPair()
  const transport = faultyTransport(near)
  const port: Port = {
    text: (text) => tell(() => transport.deliver(readMessage(text)), transport),
    cut: (text) => {
      const partialBytes = Math.floor(text.length / 2)
      transport.end({ kind: 'remote', message: 'closed in mid-message', partialBytes })
    },
    long: (message, bytes) => {
      const { id, method } = message as { id?: number; method?: string }
      const head = method === undefined ? { responseId: id as number } : { method }
      transport.raise(new OversizeMessageError(bytes, MAX_BYTES, head))
    },
    exit: (exitCode) => {
      transport.end({ kind: 'remote', message: `the process exited with code ${exitCode}`, exitCode })
    },
    kill: (signal) => {
      transport.end({ kind: 'remote', message: `the process was ended by ${signal}`, signal })
    },
    eof: () => void far.close(),
    freeze: () => transport.silence(),
    heir: () => noCounterpart('heir'),
    deaf: () => noCounterpart('deaf'),
  }
  const server = new FaultServer(port, plan)
  far.onmessage = (message) => server.receive(message)
  void far.start()
  return { transport, gone: () => Promise.all([transport.close(), far.close()]) }
}

/** What a text becomes that is no message: the errors of a reader of lines. */
class Unreadable extends Error {
  constructor(readonly reason: NoiseLineError | MessageParseError) {
    super('unreadable')
  }
}

function readMessage(text: string): object {
  if (!text.startsWith('{')) throw new Unreadable(new NoiseLineError(text.length, ''))
  try {
    return JSON.parse(text) as object
  } catch {
    throw new Unreadable(new MessageParseError(text.length, ''))
  }
}

function tell(deliver: () => void, transport: ReturnType<typeof faultyTransport>): void {
  try {
    deliver()
  } catch (error) {
    // A server may go on speaking when nobody listens any more.
    if (error instanceof TransportClosedError) return
    if (!(error instanceof Unreadable)) throw error
    const { reason: cause } = error
    if (cause instanceof NoiseLineError) transport.raise(cause)
    else transport.end({ kind: 'error', message: cause.message, cause })
  }
}
