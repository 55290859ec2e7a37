import type { CloseReason, WireMessage } from '../../rpc/transport.js'
import type { AnswerLookup } from './match.js'

/** What a fault can do to the transport that it is attached to. All members can be called at any time. */
export interface FaultLine {
  /** Hands a message on: to the faults that follow, then to where it was going. */
  next(message: WireMessage): void | Promise<void>
  /** Hands a message to the transport's owner as if the other side had sent it. */
  deliver(message: WireMessage): void
  /** Tells the owner of a problem that does not end the connection. */
  raise(error: Error): void
  /** Ends the connection. */
  end(reason: CloseReason): void
  /** Makes the connection half-open: nothing passes any more, either way, and nothing is told. */
  silence(): void
  /** Tells which request a message of this direction answers. */
  readonly methodAnswered: AnswerLookup
}

/** Something that goes wrong with messages. Made by {@link fault}; can be given to several transports. */
export interface MessageFault {
  /** Whose messages it concerns: those that the owner of the transport receives, or those that it sends. */
  readonly direction: 'received' | 'sent'
  /** Puts the fault into a transport; the function that it returns takes each message of the direction. */
  attach(line: FaultLine): (message: WireMessage) => void | Promise<void>
}

/** Something that goes wrong with the start of a transport. Made by {@link fault}. */
export interface StartFault {
  readonly direction: 'start'
  /** Takes the place of the start; what it rejects with is what `start()` rejects with. */
  start(line: Pick<FaultLine, 'end'>): Promise<void>
}

/** Something that goes wrong. Made by {@link fault}, for `faultyTransport`. */
export type Fault = MessageFault | StartFault
