import type { Automaton } from './automaton.js'
import type { Registry } from './registry.js'

/** A part of the text that is removed; `done` when its marker was given out with an earlier piece. */
interface Removal {
  start: number
  end: number
  done: boolean
}

/**
 * Removes registered values from a text that comes in pieces. Values that overlap are removed together. It
 * holds back exactly what may be the beginning of a value.
 */
export class ValueFilter {
  readonly #registry: Registry
  readonly #marker: string
  #held = ''
  /** How much of the beginning of the held text is removed already. */
  #removed = 0

  constructor(registry: Registry, marker: string) {
    this.#registry = registry
    this.#marker = marker
  }

  /** Takes the next piece and returns what is certain by now; everything when it is the last. */
  push(chunk: string, final: boolean): string {
    const automaton = this.#registry.current()
    if (automaton === undefined && this.#held === '') return chunk
    const text = this.#held + chunk
    const removals: Removal[] = this.#removed > 0 ? [{ start: 0, end: this.#removed, done: true }] : []
    const open = automaton === undefined ? text.length : this.#scan(automaton, text, removals)
    return this.#release(text, final ? text.length : open, removals)
  }

  /** Collects what is to be removed and returns where a value starts that is not complete yet. */
  #scan(automaton: Automaton, text: string, removals: Removal[]): number {
    const marker = this.#marker
    const { begins } = automaton
    let node = 0
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (node === 0 && begins[code] === 0) continue
      node = automaton.step(node, code)
      const length = automaton.found(node)
      if (length === 0) continue
      const end = index + 1
      const start = end - length
      if (length === marker.length && text.startsWith(marker, start)) {
        // A value inside a marker is part of the marker, and none begins in one.
        while ((removals.at(-1)?.start ?? -1) >= start) removals.pop()
        node = 0
      } else add(removals, start, end)
    }
    return text.length - automaton.depth(node)
  }

  /** Gives out everything before `open`, where no later value can begin. */
  #release(text: string, open: number, removals: readonly Removal[]): string {
    let out = ''
    let copied = 0
    for (const { start, end, done } of removals) {
      if (start >= open && !done) break
      out += text.slice(copied, start)
      if (!done) out += this.#marker
      copied = end
    }
    if (copied < open) out += text.slice(copied, open)
    this.#held = text.slice(open)
    this.#removed = Math.max(0, copied - open)
    return out
  }
}

/** Adds a removal, joined with those it overlaps. */
function add(removals: Removal[], start: number, end: number): void {
  let from = start
  let done = false
  for (let last = removals.at(-1); last !== undefined && last.end > from; last = removals.at(-1)) {
    from = Math.min(from, last.start)
    done ||= last.done
    removals.pop()
  }
  removals.push({ start: from, end, done })
}
