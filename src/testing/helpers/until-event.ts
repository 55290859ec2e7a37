import { ConduitError, InvalidInputError } from '../../util/errors.js'
import { type EventSource, iteratorOf } from './reading.js'

const MAX_LISTED = 100

/** What an event needs to be found by its type. */
interface Typed {
  readonly type: string
}

/** The event that a test waits for did not come before its stream ended. */
export class EventNotFoundError extends ConduitError {
  readonly code = 'EVENT_NOT_FOUND'
  /** The types of the events that came instead, in order. */
  readonly types: readonly string[]

  constructor(wanted: string, types: readonly string[], options?: { readonly cause?: unknown }) {
    super(`${wanted} did not come; what came: ${list(types)}`, options)
    this.types = types
  }
}

/**
 * Reads a turn, or any stream of events, up to the first event of a type, or that a predicate accepts, and
 * resolves with it. The rest stays to be read, by this function, by `collect`, or by the iterator that was given.
 *
 * Rejects with `EventNotFoundError`, which lists what came, when the stream ends or fails first; its `cause` is
 * what the stream failed with. Rejects with what the predicate throws, and with `InvalidInputError` for wrong
 * arguments. It never interrupts the turn.
 */
export function untilEvent<T extends Typed, Type extends T['type']>(
  source: EventSource<T>,
  type: Type,
): Promise<Extract<T, { readonly type: Type }>>
export function untilEvent<T extends Typed, Found extends T>(
  source: EventSource<T>,
  predicate: (event: T) => event is Found,
): Promise<Found>
export function untilEvent<T extends Typed>(
  source: EventSource<T>,
  predicate: (event: T) => boolean,
): Promise<T>
export async function untilEvent<T extends Typed>(
  source: EventSource<T>,
  wanted: string | ((event: T) => boolean),
): Promise<T> {
  checkSource(source)
  const isWanted = typeof wanted === 'function' ? wanted : (event: T) => event.type === wanted
  if (typeof wanted !== 'function' && (typeof wanted !== 'string' || wanted === '')) {
    throw new InvalidInputError('wanted', wanted, 'the type of an event or a predicate')
  }
  const name = typeof wanted === 'string' ? `the event ${wanted}` : 'the event that was waited for'
  const iterator = iteratorOf(source)
  const types: string[] = []
  for (;;) {
    let next: IteratorResult<T, unknown>
    try {
      next = await iterator.next()
    } catch (cause) {
      throw new EventNotFoundError(name, types, { cause })
    }
    if (next.done) throw new EventNotFoundError(name, types)
    if (isWanted(next.value)) return next.value
    types.push(next.value.type)
  }
}

/** Throws `InvalidInputError` unless a value can be read event by event. */
function checkSource(source: unknown): void {
  const isObject = typeof source === 'object' && source !== null
  if (isObject && (Symbol.asyncIterator in source || typeof Reflect.get(source, 'next') === 'function'))
    return
  throw new InvalidInputError('source', source, 'a turn, or another async iterable or iterator')
}

/** The types in order, with repetitions counted: `turn.started, message.delta ×3`. */
function list(types: readonly string[]): string {
  const runs: { type: string; count: number }[] = []
  for (const type of types) {
    const last = runs.at(-1)
    if (last?.type === type) last.count += 1
    else runs.push({ type, count: 1 })
  }
  if (runs.length === 0) return 'nothing'
  const shown = runs.slice(-MAX_LISTED).map(({ type, count }) => (count === 1 ? type : `${type} ×${count}`))
  return `${runs.length > MAX_LISTED ? '…, ' : ''}${shown.join(', ')}`
}
