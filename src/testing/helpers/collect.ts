import type { Turn, TurnEvent, TurnResult } from '../../client/index.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkOptions } from '../../util/validate.js'
import { plain } from './plain.js'
import { iteratorOf } from './reading.js'

/** An event of a turn without the notification behind it. */
export type EventWithoutRaw = TurnEvent extends infer E
  ? E extends TurnEvent
    ? Omit<E, 'raw'>
    : never
  : never

/** A turn that was read to its end: plain data, without members that are `undefined`. */
export interface CollectedTurn<Event, Output = undefined> {
  readonly events: readonly Event[]
  readonly result: TurnResult<Output>
}

/** Options of {@link collect}. */
export interface CollectOptions {
  /** Whether events keep `raw`, the notification behind them. @default true */
  readonly raw?: boolean | undefined
}

/**
 * Reads a turn to its end, or what of it is left after {@link untilEvent}, and resolves with its events and its
 * result, whatever that is. Rejects with `AlreadyIteratedError` when something else iterates the turn.
 */
export function collect<Output>(
  turn: Turn<Output>,
  options: CollectOptions & { readonly raw: false },
): Promise<CollectedTurn<EventWithoutRaw, Output>>
export function collect<Output>(
  turn: Turn<Output>,
  options?: CollectOptions,
): Promise<CollectedTurn<TurnEvent, Output>>
export async function collect<Output>(
  turn: Turn<Output>,
  options: CollectOptions = {},
): Promise<CollectedTurn<TurnEvent | EventWithoutRaw, Output>> {
  if (typeof (turn as Partial<Turn<Output>> | undefined)?.result?.then !== 'function') {
    throw new InvalidInputError('turn', turn, 'a turn')
  }
  checkOptions('options', options)
  const iterator = iteratorOf<TurnEvent>(turn)
  const events: (TurnEvent | EventWithoutRaw)[] = []
  for (;;) {
    const { value, done } = await iterator.next()
    if (done) break
    events.push(plain(options.raw === false ? withoutRaw(value as TurnEvent) : value) as TurnEvent)
  }
  return { events, result: plain(await turn.result) }
}

function withoutRaw(event: TurnEvent): EventWithoutRaw {
  const { raw: _, ...rest } = event
  return rest as EventWithoutRaw
}
