import { BACKSLASH, BRACKET, DASH, ESCAPE, isAlnum, isQuote, SPACE, TAB } from './chars.js'

/** Blanks between a name, its separator and its value. More than this is layout, not an assignment. */
const MAX_BLANKS = 64
const MAX_ANSI = 24
const MAX_BACKSLASHES = 64
const ESCAPE_LETTERS = 'nrtbfv0u'

/**
 * The text that the rules look at, with one promise that makes streaming exact: a rule that reads beyond
 * the text while more may come leaves `starved` set, and its answer is thrown away and asked for again.
 */
export class Cursor {
  text = ''
  /** Whether the end of the text is the end of the stream. */
  final = false
  /** Whether an answer depended on text that has not come yet. */
  starved = false
  /** Where the host of the last URL ends; before the text where there is none. */
  hostEnd = -1

  constructor(
    /** What stands in for removed text; it is stepped over as a whole wherever it appears. */
    readonly marker: string,
    /** Names that the caller added, normalised. */
    readonly keys: ReadonlySet<string>,
  ) {}

  /** The character at an index, -1 past the end. */
  at(index: number): number {
    if (index < this.text.length) return this.text.charCodeAt(index)
    if (!this.final) this.starved = true
    return -1
  }

  /** Whether the text continues with `expected`. */
  startsWith(expected: string, index: number): boolean {
    for (let offset = 0; offset < expected.length; offset++) {
      if (this.at(index + offset) !== expected.charCodeAt(offset)) return false
    }
    return true
  }

  /** Whether the marker stands at an index. */
  isMarker(index: number): boolean {
    return this.startsWith(this.marker, index)
  }

  /** Whether five dashes stand at an index: the edge of a PEM block, and part of no other secret. */
  isPemEdge(index: number): boolean {
    for (let offset = 0; offset < 5; offset++) if (this.at(index + offset) !== DASH) return false
    return true
  }

  /** Number of backslashes at an index, bounded. */
  backslashes(index: number): number {
    let count = 0
    while (count < MAX_BACKSLASHES && this.at(index + count) === BACKSLASH) count++
    return count
  }

  /** Whether the backslashes at an index escape something that ends a bare value: a quote, a line end. */
  isEscape(index: number): boolean {
    const behind = index + this.backslashes(index)
    const next = this.at(behind)
    // What was removed behind a backslash may have begun with the letter that it escaped.
    return (
      this.isMarker(behind) ||
      isQuote(next) ||
      (next !== -1 && ESCAPE_LETTERS.includes(String.fromCharCode(next)))
    )
  }

  /** Index after the terminal colour sequence at an index; the index itself where there is none. */
  afterAnsi(index: number): number {
    if (this.at(index) !== ESCAPE || this.at(index + 1) !== BRACKET || this.isMarker(index + 1)) return index
    let end = index + 2
    while (end - index < MAX_ANSI) {
      const code = this.at(end)
      if (code >= 0x40 && code <= 0x7e) return end + 1
      if (code < 0x20 || code > 0x3f) return index
      end++
    }
    return index
  }

  /** Index after blanks and terminal colours, at most 64 of them. */
  afterBlanks(index: number): number {
    let end = index
    for (let count = 0; count < MAX_BLANKS; count++) {
      const code = this.at(end)
      if (code === SPACE || code === TAB) end++
      else if (code === ESCAPE) {
        const after = this.afterAnsi(end)
        if (after === end) return end
        end = after
      } else return end
    }
    return end
  }

  /** Index after the ASCII letters and digits at an index, at most `limit` of them. */
  afterAlnum(index: number, limit: number): number {
    let end = index
    while (end - index < limit && isAlnum(this.at(end))) end++
    return end
  }
}
