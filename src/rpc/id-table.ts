import type { RequestId } from './request-id.js'

/** How many requests have a place of their own; a power of two. */
const PLACES = 128

/**
 * Requests by their ids. Ids mostly count upwards, so that the newest requests each find a place of their own in a
 * small array, at a tenth of what a `Map` costs; a `Map` takes those that find their place taken.
 */
export class IdTable<T extends { readonly id: RequestId | null }> {
  readonly #places: (T | undefined)[] = new Array(PLACES).fill(undefined)
  readonly #others = new Map<RequestId | null, T>()
  #size = 0

  /** How many there are. */
  get size(): number {
    return this.#size
  }

  /** Finds the request of an id. */
  get(id: RequestId): T | undefined {
    const placed = this.#places[placeOf(id)]
    return placed?.id === id ? placed : this.#others.get(id)
  }

  /** Adds a request whose id has none yet. */
  add(request: T): void {
    const { id } = request
    const place = placeOf(id)
    if (Number.isInteger(id) && !this.#places[place]) this.#places[place] = request
    else this.#others.set(id, request)
    this.#size += 1
  }

  /** Removes a request, if it is there. */
  delete(request: T): void {
    const { id } = request
    const place = placeOf(id)
    if (this.#places[place] === request) this.#places[place] = undefined
    else if (this.#others.get(id) === request) this.#others.delete(id)
    else return
    this.#size -= 1
  }

  /** All there are, by number; those whose ids are no numbers in the order they came. */
  values(): T[] {
    const placed = this.#places.filter((request) => request !== undefined)
    return [...placed, ...this.#others.values()].sort((a, b) => Number(a.id) - Number(b.id) || 0)
  }
}

/** The place of an id, which is taken by integers only. */
function placeOf(id: RequestId | null): number {
  return typeof id === 'number' ? id & (PLACES - 1) : 0
}
