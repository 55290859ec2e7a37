import { TransportClosedError } from '../rpc/errors.js'
import { encodeMessage } from '../rpc/messages.js'
import type { CloseReason, Transport, WireMessage } from '../rpc/transport.js'
import { InvalidInputError } from '../util/errors.js'
import { inMicrotask } from '../util/microtask.js'
import { checkKnownKeys, checkOptions } from '../util/validate.js'

/** Options of {@link memoryPair}. */
export interface MemoryPairOptions {
  /**
   * Whether messages pass through JSON text, as they do on a wire, so that the two ends never share an
   * object. Off, the receiver gets the very object that was sent. @default true
   */
  readonly json?: boolean
}

/**
 * Makes two transports that are connected to each other in this process: what one sends, the other
 * receives, asynchronously and in order. Messages sent before the other end has started wait for it.
 * Closing one end closes the other after what was sent has been delivered. Throws `InvalidInputError` for a wrong
 * option.
 */
export function memoryPair(options: MemoryPairOptions = {}): readonly [Transport, Transport] {
  checkOptions('options', options)
  checkKnownKeys(options, { json: true })
  if (options.json !== undefined && typeof options.json !== 'boolean') {
    throw new InvalidInputError('json', options.json, 'a boolean')
  }
  const json = options.json ?? true
  const left = new MemoryTransport(json)
  const right = new MemoryTransport(json)
  left.connect(right)
  right.connect(left)
  return [left, right]
}

class MemoryTransport implements Transport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly #json: boolean
  #other!: MemoryTransport
  #state: 'idle' | 'open' | 'closed' = 'idle'
  /** What the other end has sent and this end has not delivered. */
  #inbox: (WireMessage | string)[] = []
  #isScheduled = false
  #isOtherClosed = false

  constructor(json: boolean) {
    this.#json = json
  }

  connect(other: MemoryTransport): void {
    this.#other = other
  }

  async start(): Promise<void> {
    if (this.#state === 'closed') throw new TransportClosedError()
    if (this.#state === 'open') return
    this.#state = 'open'
    this.#schedule()
  }

  send(message: WireMessage): void {
    if (this.#state !== 'open') throw new TransportClosedError()
    // An end that is gone loses what it is sent, as a socket does; onclose tells soon.
    if (this.#other.#state === 'closed') return
    this.#other.#inbox.push(this.#json ? encodeMessage(message) : message)
    this.#other.#schedule()
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#end({ kind: 'local', message: 'closed by this side' })
    this.#other.#isOtherClosed = true
    this.#other.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#state !== 'open') return
    this.#isScheduled = true
    inMicrotask(this.#deliver)
  }

  readonly #deliver = (): void => {
    this.#isScheduled = false
    const batch = this.#inbox
    this.#inbox = []
    for (const message of batch) {
      if (this.#state !== 'open') return
      this.onmessage?.(typeof message === 'string' ? (JSON.parse(message) as WireMessage) : message)
    }
    if (this.#inbox.length > 0) this.#schedule()
    else if (this.#isOtherClosed) this.#end({ kind: 'remote', message: 'closed by the other side' })
  }

  #end(reason: CloseReason): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#inbox = []
    this.onclose?.(reason)
  }
}
