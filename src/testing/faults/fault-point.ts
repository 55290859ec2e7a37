import { TransportClosedError } from '../../rpc/errors.js'
import type { CloseReason, WireMessage } from '../../rpc/transport.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkInteger } from '../../util/validate.js'
import type { FaultLine, MessageFault, StartFault } from './fault.js'
import { type HeldFault, hold, moveAfter } from './hold.js'
import { checkMatch, type MessageMatch, type MessageView } from './match.js'

/** A message, or a function that makes one of the message that the fault concerns. */
export type MadeMessage = WireMessage | ((message: MessageView) => WireMessage)

/**
 * A place where something can go wrong: the messages of one direction that match. Each method makes one
 * fault; none does anything until the fault is given to `faultyTransport`. Methods throw `InvalidInputError`
 * for wrong arguments.
 */
export class FaultPoint {
  readonly #direction: MessageFault['direction']
  readonly #matcher: ReturnType<typeof checkMatch>

  /** Made by {@link fault}. */
  constructor(direction: MessageFault['direction'], match: string | MessageMatch | undefined) {
    this.#direction = direction
    this.#matcher = checkMatch(match)
  }

  /** The message is lost. */
  drop(): MessageFault {
    return this.fault(() => {})
  }

  /** The message waits until `release()`; others overtake it. */
  hold(): HeldFault {
    return hold(this.#direction, this.#matcher, false)
  }

  /** The message waits until `release()`, and everything of its direction waits behind it. */
  stall(): HeldFault {
    return hold(this.#direction, this.#matcher, true)
  }

  /** The message comes right after the next one that matches `other`; it is lost when none does. */
  moveAfter(other: string | MessageMatch): MessageFault {
    return moveAfter(this.#direction, this.#matcher, checkMatch(other))
  }

  /** The message comes `times` times more, at once. @default 1 */
  duplicate(times?: number): MessageFault {
    const more = checkInteger('times', times, 1, 1)
    return this.fault((message, line) => {
      let sent = line.next(message)
      for (let i = 0; i < more; i += 1) sent = line.next(message)
      return sent
    })
  }

  /** Another message comes in its place: any object, also one that is no JSON-RPC message. */
  replace(other: MadeMessage): MessageFault {
    checkMessages('other', [other])
    return this.fault((message, line) => line.next(make(other, message)))
  }

  /** Further messages come before it. */
  addBefore(...others: readonly MadeMessage[]): MessageFault {
    checkMessages('others', others)
    return this.fault((message, line) => {
      for (const made of others.map((other) => make(other, message))) void line.next(made)
      return line.next(message)
    })
  }

  /** Further messages come after it. */
  addAfter(...others: readonly MadeMessage[]): MessageFault {
    checkMessages('others', others)
    return this.fault((message, line) => {
      // All are made before any is passed on: a function that throws then has changed nothing.
      const made = others.map((other) => make(other, message))
      let sent = line.next(message)
      for (const other of made) sent = line.next(other)
      return sent
    })
  }

  /** In its place, the owner is told of an error by `onerror`, as of a line that had to be skipped. */
  raise(error: Error): MessageFault {
    checkError('error', error)
    return this.fault((_message, line) => line.raise(error))
  }

  /** In its place, the connection ends. */
  end(reason: CloseReason): MessageFault {
    checkReason(reason)
    return this.fault((_message, line) => line.end(reason))
  }

  /** The connection ends right after it. */
  endAfter(reason: CloseReason): MessageFault {
    checkReason(reason)
    return this.fault((message, line) => {
      void line.next(message)
      line.end(reason)
    })
  }

  /** From this message on the connection is half-open: nothing passes, either way, and no end is told. */
  silence(): MessageFault {
    return this.fault((_message, line) => line.silence())
  }

  /** A fault that does something with each message that matches, and lets the others pass. */
  protected fault(act: (message: WireMessage, line: FaultLine) => void | Promise<void>): MessageFault {
    const matcher = this.#matcher
    return {
      direction: this.#direction,
      attach(line) {
        const matches = matcher(line.methodAnswered)
        return (message) => (matches(message) ? act(message, line) : line.next(message))
      },
    }
  }
}

/** A place where something can go wrong with what the owner of the transport sends. */
export class SendFaultPoint extends FaultPoint {
  /** `send()` throws, and nothing is sent. @default a TransportClosedError */
  throw(error: Error = new TransportClosedError()): MessageFault {
    checkError('error', error)
    return this.fault(() => {
      throw error
    })
  }

  /**
   * The request gets this result before `send()` returns. It is not sent, unless `alsoSend`: the other side
   * then answers it a second time.
   */
  answer(
    result: unknown | ((request: MessageView) => unknown),
    options: { readonly alsoSend?: boolean } = {},
  ): MessageFault {
    return this.fault((message, line) => {
      const { id } = message as MessageView
      line.deliver({ id, result: typeof result === 'function' ? result(message) : result })
      if (options.alsoSend) return line.next(message)
    })
  }
}

/**
 * What can go wrong, in words: where, then what. For example
 * `fault.received('turn/completed').drop()`, `fault.sent({ method: 'turn/start', nth: 2 }).throw()`,
 * `fault.received({ answerTo: 'turn/start' }).moveAfter('turn/completed')`, `fault.start.hang()`.
 */
export const fault = {
  /** Messages that come from the other side; all, those of a method, or those that match. */
  received: (match?: string | MessageMatch) => new FaultPoint('received', match),
  /** Messages that the owner of the transport sends; all, those of a method, or those that match. */
  sent: (match?: string | MessageMatch) => new SendFaultPoint('sent', match),
  /** The start of the transport. The wrapped transport is not started at all. */
  start: {
    /** `start()` does not settle until `close()` is called, which rejects it. */
    hang: (): StartFault => ({ direction: 'start', start: () => new Promise(() => {}) }),
    /** `start()` rejects with this error, after `onclose`. */
    fail(error: Error): StartFault {
      checkError('error', error)
      return {
        direction: 'start',
        async start(line) {
          line.end({ kind: 'error', message: error.message, cause: error })
          throw error
        },
      }
    },
  },
}

function make(other: MadeMessage, message: WireMessage): WireMessage {
  return typeof other === 'function' ? (other as (message: MessageView) => WireMessage)(message) : other
}

function checkMessages(option: string, messages: readonly unknown[]): void {
  for (const [index, message] of messages.entries()) {
    if ((typeof message === 'object' && message !== null) || typeof message === 'function') continue
    throw new InvalidInputError(messages.length > 1 ? `${option}[${index}]` : option, message, 'a message')
  }
}

function checkError(option: string, error: unknown): void {
  if (!(error instanceof Error)) throw new InvalidInputError(option, error, 'an Error')
}

/** Checks why a connection is to end. Throws `InvalidInputError`. */
export function checkReason(reason: unknown): void {
  const { kind, message } = (reason ?? {}) as Partial<CloseReason>
  if (kind !== 'local' && kind !== 'remote' && kind !== 'error') {
    throw new InvalidInputError('reason.kind', kind, "one of 'local', 'remote', 'error'")
  }
  if (typeof message !== 'string') throw new InvalidInputError('reason.message', message, 'a string')
}
