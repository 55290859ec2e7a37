import { TransportClosedError } from '../../rpc/errors.js'
import { toError } from '../../rpc/guard.js'
import type { CloseReason, Transport, WireMessage } from '../../rpc/transport.js'
import { deferred } from '../../util/deferred.js'
import { InvalidInputError } from '../../util/errors.js'
import { Exchanges } from './exchanges.js'
import type { Fault, FaultLine, MessageFault, StartFault } from './fault.js'
import { checkReason } from './fault-point.js'

/** A transport that goes wrong as it was told, and when it is told. */
export interface FaultyTransport extends Transport {
  /**
   * Hands a message to the owner as if the other side had sent it: the faults for received messages see it.
   * Throws a `TransportClosedError` when the connection is not open.
   */
  deliver(message: WireMessage): void
  /** Tells the owner of a problem by `onerror`. Throws a `TransportClosedError` when the connection is not open. */
  raise(error: Error): void
  /**
   * Ends the connection for this reason; the wrapped transport is closed. Before `start()`, it makes that
   * reject. Does nothing when the connection has ended. Throws `InvalidInputError` for a wrong reason.
   */
  end(reason: CloseReason): void
  /** Makes the connection half-open: nothing passes any more, either way, and nothing is told. */
  silence(): void
}

/**
 * Wraps a transport of any kind and lets go wrong what `faults` say; everything else passes unchanged. Each
 * message goes through the faults of its direction in their order: what one lets pass, adds or repeats is what
 * the next one sees.
 *
 * The wrapper owns the transport: it assigns its callbacks, starts it and closes it. It is a correct transport
 * itself, whatever it does to messages. Throws `InvalidInputError` for what is no transport or no fault.
 */
export function faultyTransport(inner: Transport, faults: readonly Fault[] = []): FaultyTransport {
  const { start, send, close } = (inner ?? {}) as Partial<Transport>
  if ([start, send, close].some((member) => typeof member !== 'function')) {
    throw new InvalidInputError('inner', inner, 'a Transport')
  }
  if (!Array.isArray(faults)) throw new InvalidInputError('faults', faults, 'a list of faults')
  for (const [index, one] of faults.entries()) {
    if (['received', 'sent', 'start'].includes((one as Partial<Fault> | null)?.direction ?? '')) continue
    throw new InvalidInputError(`faults[${index}]`, one, 'a fault, made by `fault`')
  }
  return new FaultyTransportImpl(inner, faults)
}

type Pass = (message: WireMessage) => void | Promise<void>

class FaultyTransportImpl implements FaultyTransport {
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly #inner: Transport
  readonly #startFault: StartFault | undefined
  readonly #receive: Pass
  readonly #send: Pass
  readonly #sentRequests = new Exchanges()
  readonly #receivedRequests = new Exchanges()
  /** Rejects when this wrapper, not the inner transport, ends the connection. */
  readonly #ended = deferred<never>()
  #state: 'idle' | 'starting' | 'open' | 'closed' = 'idle'
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #isSilent = false
  /** Why the connection is to end as soon as it is started. */
  #earlyEnd: CloseReason | undefined

  constructor(inner: Transport, faults: readonly Fault[]) {
    this.#inner = inner
    this.#ended.promise.catch(() => {})
    this.#startFault = faults.find((one): one is StartFault => one.direction === 'start')
    const of = (direction: MessageFault['direction']) =>
      faults.filter((one): one is MessageFault => one.direction === direction)
    this.#receive = this.#chain(of('received'), this.#sentRequests, (message) => this.#toOwner(message))
    this.#send = this.#chain(of('sent'), this.#receivedRequests, (message) => this.#toOther(message))
    inner.onmessage = (message) => this.#onInnerMessage(message)
    inner.onerror = (error) => this.#raise(error)
    inner.onclose = (reason) => {
      if (!this.#isSilent) this.#end(reason)
    }
  }

  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  send(message: WireMessage): void | Promise<void> {
    if (this.#state !== 'open') throw new TransportClosedError()
    if (this.#isSilent) return
    this.#sentRequests.note(message)
    return this.#send(message)
  }

  async close(): Promise<void> {
    this.#endBySelf({ kind: 'local', message: 'closed by this side' })
    await this.#closeInner()
  }

  deliver(message: WireMessage): void {
    this.#requireOpen()
    this.#onInnerMessage(message)
  }

  raise(error: Error): void {
    this.#requireOpen()
    this.#raise(error)
  }

  end(reason: CloseReason): void {
    checkReason(reason)
    if (this.#state === 'idle') this.#earlyEnd ??= reason
    else this.#endBySelf(reason)
  }

  silence(): void {
    this.#isSilent = true
  }

  async #start(): Promise<void> {
    if (this.#state === 'closed') throw new TransportClosedError()
    this.#state = 'starting'
    if (this.#earlyEnd) this.#endBySelf(this.#earlyEnd)
    else {
      const opening = this.#startFault?.start(this.#line(() => {}, this.#sentRequests)) ?? this.#inner.start()
      await Promise.race([opening, this.#ended.promise])
    }
    if (this.#state !== 'starting') throw new TransportClosedError('the connection ended while it was opened')
    this.#state = 'open'
  }

  /** Threads the faults of a direction onto each other, the last one first. */
  #chain(faults: readonly MessageFault[], requests: Exchanges, last: Pass): Pass {
    return faults.reduceRight<Pass>((next, one) => {
      const pass = one.attach(this.#line(next, requests))
      return one.direction === 'sent' ? pass : this.#guarded(pass, next)
    }, last)
  }

  /** Conditions and functions that make messages may throw: the reader of the inner transport must not see it. */
  #guarded(pass: Pass, next: Pass): Pass {
    return (message) => {
      try {
        return pass(message)
      } catch (error) {
        this.#raise(toError(error))
        return next(message)
      }
    }
  }

  #line(next: Pass, requests: Exchanges): FaultLine {
    return {
      next: (message) => {
        if (this.#state !== 'closed' && !this.#isSilent) return next(message)
      },
      deliver: (message) => this.#onInnerMessage(message),
      raise: (error) => this.#raise(error),
      end: (reason) => this.#endBySelf(reason),
      silence: () => this.silence(),
      methodAnswered: requests.methodAnswered,
    }
  }

  #onInnerMessage(message: WireMessage): void {
    if (this.#isSilent || this.#state === 'closed') return
    this.#receivedRequests.note(message)
    void this.#receive(message)
  }

  #toOwner(message: WireMessage): void {
    if (!this.#isSilent && this.#state !== 'closed') this.onmessage?.(message)
  }

  #toOther(message: WireMessage): void | Promise<void> {
    return this.#inner.send(message)
  }

  #raise(error: Error): void {
    if (!this.#isSilent && this.#state !== 'closed') this.onerror?.(error)
  }

  #endBySelf(reason: CloseReason): void {
    if (this.#state === 'closed') return
    this.#end(reason)
    this.#ended.reject(new TransportClosedError('the connection ended while it was opened'))
    // The owner learns of a failure when it closes.
    this.#closeInner().catch(() => {})
  }

  #end(reason: CloseReason): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.onclose?.(reason)
  }

  #closeInner(): Promise<void> {
    this.#closing ??= this.#inner.close()
    return this.#closing
  }

  #requireOpen(): void {
    if (this.#state !== 'open') throw new TransportClosedError()
  }
}
