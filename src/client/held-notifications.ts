import type { ServerNotification } from '../protocol/index.js'
import type { TurnEvent } from './events.js'

/** Most notifications that are held while the answer to `turn/start` is awaited: 4,096. */
const MAX_HELD_NOTIFICATIONS = 4_096

/** Something that is held: a notification with the turn it names, or an event that the client made. */
type Held =
  | { readonly message: ServerNotification; readonly turnId: string | undefined }
  | { readonly event: TurnEvent }

/**
 * Keeps what happens in a thread between `turn/start` and its answer: events can come first (measured: in
 * half of all turns), and only the answer tells which turn is ours.
 */
export class HeldNotifications {
  #held: Held[] = []
  #runningTurn: string | undefined

  /** The turn that has started and not ended among what is held. */
  get runningTurn(): string | undefined {
    return this.#runningTurn
  }

  /**
   * Holds a notification. Returns the id of the running turn when no more can be held: that turn is then
   * taken for ours without waiting for the answer.
   */
  add(message: ServerNotification, turnId: string | undefined): string | undefined {
    this.#held.push({ message, turnId })
    if (message.method === 'turn/started') this.#runningTurn = turnId
    if (message.method === 'turn/completed' && turnId === this.#runningTurn) this.#runningTurn = undefined
    if (this.#held.length < MAX_HELD_NOTIFICATIONS) return undefined
    // Without a turn of its own in sight, what is held belongs to others.
    if (this.#runningTurn === undefined) this.#held = []
    return this.#runningTurn
  }

  /** Holds an event of the client at its place among the notifications. */
  addEvent(event: TurnEvent): void {
    this.#held.push({ event })
  }

  /** Hands out what is held, in order of arrival, and holds nothing any more. */
  take(): readonly Held[] {
    const held = this.#held
    this.#held = []
    return held
  }
}
