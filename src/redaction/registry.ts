import { InvalidInputError } from '../util/errors.js'
import { Automaton } from './automaton.js'
import { formsOf } from './forms.js'

/** Shortest value that can be registered, in characters: a shorter one would be found by chance. */
const MIN_VALUE_LENGTH = 4
/** Longest value that can be registered, in characters. Streams hold back text of that order. */
const MAX_VALUE_LENGTH = 8192

/** The exact values to remove. Changes take effect with the next text or chunk. */
export class Registry {
  readonly #marker: string
  readonly #counts = new Map<string, number>()
  #automaton: Automaton | undefined
  #stale = false

  constructor(marker: string) {
    this.#marker = marker
  }

  /** Registers a value until the returned function is called. */
  add(value: string, option: string): () => void {
    const checked = this.#check(value, option)
    this.#counts.set(checked, (this.#counts.get(checked) ?? 0) + 1)
    this.#stale = true
    let active = true
    return () => {
      if (!active) return
      active = false
      this.#stale = true
      const count = (this.#counts.get(checked) ?? 0) - 1
      if (count > 0) this.#counts.set(checked, count)
      else this.#counts.delete(checked)
    }
  }

  /** The automaton for what is registered now; undefined when nothing is. */
  current(): Automaton | undefined {
    if (!this.#stale) return this.#automaton
    this.#stale = false
    const needles = new Set([this.#marker])
    for (const value of this.#counts.keys()) for (const form of formsOf(value)) needles.add(form)
    this.#automaton = this.#counts.size > 0 ? new Automaton(needles) : undefined
    return this.#automaton
  }

  #check(value: string, option: string): string {
    const expected = `a string of ${MIN_VALUE_LENGTH} to ${MAX_VALUE_LENGTH} characters without the replacement`
    if (typeof value !== 'string') throw new InvalidInputError(option, value, expected)
    // What would overlap a marker behind the value could damage the marker.
    let end = value.length
    while (end > 0 && this.#overlap(value.slice(0, end)) > 0) end -= this.#overlap(value.slice(0, end))
    const checked = value.slice(0, end)
    if (
      checked.length < MIN_VALUE_LENGTH ||
      value.length > MAX_VALUE_LENGTH ||
      value.includes(this.#marker)
    ) {
      throw new InvalidInputError(option, value, expected)
    }
    return checked
  }

  /** Length of the longest end of a value that is a beginning of the marker. */
  #overlap(value: string): number {
    for (let length = Math.min(this.#marker.length, value.length); length > 0; length--) {
      if (this.#marker.startsWith(value.slice(-length))) return length
    }
    return 0
  }
}
