import { toError } from '../../rpc/guard.js'
import type { WireMessage } from '../../rpc/transport.js'
import { deferred } from '../../util/deferred.js'
import type { FaultLine, MessageFault } from './fault.js'
import type { AnswerLookup } from './match.js'

/** A fault that keeps messages until it is told to let them go. No timer is involved. */
export interface HeldFault extends MessageFault {
  /** Resolves with the first message that is held; never, when none is. */
  readonly reached: Promise<WireMessage>
  /** Lets go what is held, in order, and holds nothing from then on. Idempotent. */
  release(): void
}

type Matcher = (methodAnswered: AnswerLookup) => (message: WireMessage) => boolean

/**
 * Holds the messages that match; with `rest`, also everything behind the first of them, so that the order
 * stays.
 */
export function hold(direction: MessageFault['direction'], matcher: Matcher, rest: boolean): HeldFault {
  const { promise: reached, resolve } = deferred<WireMessage>()
  const held: { readonly message: WireMessage; readonly line: FaultLine }[] = []
  let isReleased = false
  return {
    direction,
    reached,
    attach(line) {
      const matches = matcher(line.methodAnswered)
      let isStalled = false
      return (message) => {
        if (isReleased || !(matches(message) || isStalled)) return line.next(message)
        isStalled = rest
        held.push({ message, line })
        resolve(message)
      }
    },
    release() {
      isReleased = true
      // What is let go may lead to more; one by one, so that nothing is let go twice.
      for (let next = held.shift(); next; next = held.shift()) passLate(next.message, next.line)
    },
  }
}

/** Moves the messages that match behind the next message that matches `after`. */
export function moveAfter(
  direction: MessageFault['direction'],
  matcher: Matcher,
  after: Matcher,
): MessageFault {
  return {
    direction,
    attach(line) {
      const matches = matcher(line.methodAnswered)
      const isAwaited = after(line.methodAnswered)
      const moved: WireMessage[] = []
      return (message) => {
        if (matches(message)) {
          moved.push(message)
          return
        }
        const isHere = isAwaited(message)
        const sent = line.next(message)
        if (isHere) for (const late of moved.splice(0)) passLate(late, line)
        return sent
      }
    },
  }
}

/** The call of `send()` that a message came with is over: what goes wrong now is told by `onerror`. */
function passLate(message: WireMessage, line: FaultLine): void {
  try {
    void line.next(message)
  } catch (error) {
    line.raise(toError(error))
  }
}
