import { canBeAssigned, MAX_NAME, matchAssignment, nameEnd } from './assignments.js'
import {
  ALNUM,
  afterPlain,
  BACKSLASH,
  BRACKET,
  COLON,
  DASH,
  ESCAPE,
  HYPHEN,
  isAlnum,
  isHex,
  isQuote,
  KIND,
  LOW_LINE,
  NEWLINE,
  OTHER,
  PERCENT,
  SPECIAL,
  URL_STOPS,
} from './chars.js'
import { Cursor } from './cursor.js'
import { matchBareScheme } from './headers.js'
import { isPrivateKey, MAX_PEM_BLOCK } from './pem.js'
import { matchPhrase, mayAnnounce, topicOf } from './phrases.js'
import { type Match, type Run, skipRun } from './runs.js'
import { matchGlued, matchShape } from './shapes.js'
import { matchUrl } from './urls.js'

const ESCAPED_LETTERS = 'nrtbfv'

/**
 * Reads a text once, in pieces of any size, and gives it back without its secrets. What it decides depends
 * on the text alone, never on how it was cut: it holds text back until the decision about it is certain.
 */
export class Scanner {
  readonly #cursor: Cursor
  readonly #markerStart: number
  #held = ''
  #run: Run | undefined
  #match: Match | undefined
  /** Last boundary: what stands before it counts as {@link #prior} and {@link #prior2}, 0 for nothing. */
  #edge = 0
  #prior = 0
  #prior2 = 0
  /** Where a name goes on that was judged already; -1 for nowhere. */
  #nameAt = -1
  /** What the words of the line so far are about. */
  #topics = 0
  /** Whether what is being removed began in the host of a URL. */
  #inHost = false

  constructor(marker: string, keys: ReadonlySet<string>) {
    this.#cursor = new Cursor(marker, keys)
    this.#markerStart = marker.charCodeAt(0)
  }

  /** Takes the next piece of text and returns what is certain by now; everything when it is the last. */
  push(chunk: string, final: boolean): string {
    const cursor = this.#cursor
    const text = this.#held + chunk
    cursor.text = text
    cursor.final = final
    cursor.starved = false
    let out = ''
    let copied = 0
    let index = 0
    while (index < text.length || this.#run !== undefined) {
      if (this.#run !== undefined) {
        index = skipRun(this.#run, cursor, index)
        copied = index
        if (cursor.starved) break
        // Removing the end of a host makes what follows a part of the host.
        this.#run = this.#inHost && index > cursor.hostEnd ? { kind: 'glued', stops: URL_STOPS } : undefined
        this.#inHost = false
        if (this.#run === undefined) this.#boundary(index)
        continue
      }
      index = this.#advance(index)
      if (cursor.starved) break
      const match: Match | undefined = this.#match
      if (match === undefined) continue
      this.#match = undefined
      out += text.slice(copied, match.keep) + cursor.marker
      index = match.keep
      copied = index
      this.#run = match.run
      this.#inHost = match.keep <= cursor.hostEnd
    }
    if (copied < index) out += copied === 0 && index === text.length ? text : text.slice(copied, index)
    this.#keep(index)
    if (final) this.#end()
    return out
  }

  #end(): void {
    this.#boundary(0)
    this.#topics = 0
    this.#cursor.hostEnd = -1
  }

  /** Keeps the text from an index on, with what has to be known about the text before it. */
  #keep(index: number): void {
    const { text } = this.#cursor
    const prior = this.#before(index)
    this.#prior2 = this.#before2(index)
    this.#prior = prior
    this.#edge = 0
    this.#nameAt = this.#nameAt === index ? 0 : -1
    this.#match = undefined
    this.#held = text.slice(index)
    this.#cursor.hostEnd -= index
    this.#cursor.text = ''
  }

  /** Goes on until a rule matches (`#match` is set), the text ends, or a rule has to wait (starved). */
  #advance(from: number): number {
    const cursor = this.#cursor
    const { text } = cursor
    const markerStart = this.#markerStart
    const { length } = text
    let index = from
    while (index < length) {
      const code = text.charCodeAt(index)
      const kind = code < 128 ? KIND[code] : OTHER
      if (kind === OTHER && code !== markerStart) {
        index = afterPlain(text, index + 1, markerStart)
        continue
      }
      let next = index + 1
      if (kind === ALNUM || kind === LOW_LINE) {
        next = index === this.#nameAt ? this.#goOnName(index) : this.#name(index)
      } else if (kind === OTHER && cursor.isMarker(index)) {
        next = index + cursor.marker.length
        this.#boundary(next)
      } else if (kind === HYPHEN) {
        if (isPrivateKey(cursor, index))
          this.#match = { keep: index, run: { kind: 'pem', left: MAX_PEM_BLOCK } }
        else if (!cursor.starved)
          this.#match = matchGlued(cursor, index, this.#before(index), this.#before2(index))
        if (index === this.#nameAt) this.#nameAt = next
      } else if (kind === SPECIAL) next = this.#special(index, code)
      if (cursor.starved || this.#match !== undefined) return index
      index = next
    }
    return index
  }

  /** A name or word begins: judges it and returns where to go on. */
  #name(index: number): number {
    const { text, final } = this.#cursor
    const limit = Math.min(index + MAX_NAME, text.length)
    let end = index
    let simple = true
    while (end < limit) {
      const code = text.charCodeAt(end)
      const kind = code < 128 ? KIND[code] : OTHER
      if (kind !== ALNUM) {
        if (kind !== LOW_LINE && kind !== HYPHEN) break
        simple = false
      }
      end++
    }
    if (end === text.length && end - index < MAX_NAME && !final) {
      this.#cursor.starved = true
      return index
    }
    this.#match = this.#matchName(index, end)
    if (simple && end - index < MAX_NAME) return end
    return this.#cursor.starved || this.#match !== undefined ? index : this.#passWord(index)
  }

  /** Rules that apply where a name begins. */
  #matchName(index: number, limit: number): Match | undefined {
    const cursor = this.#cursor
    const { text } = cursor
    const shape = matchShape(cursor, index)
    if (shape !== undefined || cursor.starved) return shape
    let end = limit
    while (end > index && text.charCodeAt(end - 1) === DASH) end--
    const before = this.#before(index)
    const first = text.charCodeAt(index)
    this.#topics |= topicOf(text, index, end)
    if (mayAnnounce(text, index, end, before, this.#topics)) {
      const place = { start: index, end, before, before2: this.#before2(index) }
      const phrase = matchPhrase(cursor, place, this.#topics)
      if (phrase !== undefined || cursor.starved) return phrase
    }
    if (!canBeAssigned(text, end, before, first)) return undefined
    if (end - index < 7 && (first === 66 || first === 98)) {
      const credentials = matchBareScheme(cursor, index, end)
      if (credentials !== undefined || cursor.starved) return credentials
    }
    return matchAssignment(cursor, { start: index, end, before, before2: this.#before2(index) })
  }

  /** Inside a name that was judged: looks for a secret at each of its words. */
  #goOnName(index: number): number {
    const cursor = this.#cursor
    if (isAlnum(cursor.text.charCodeAt(index)) && !isAlnum(this.#before(index))) {
      this.#match = matchShape(cursor, index)
      if (cursor.starved || this.#match !== undefined) return index
    }
    return this.#passWord(index)
  }

  /** Steps over one word of a name, or over one of the signs between them. */
  #passWord(index: number): number {
    const { text } = this.#cursor
    let end = index
    while (end < text.length && isAlnum(text.charCodeAt(end))) end++
    if (end === index) end++
    this.#nameAt = end
    return end
  }

  #special(index: number, code: number): number {
    const cursor = this.#cursor
    if (code === BACKSLASH) return this.#escape(index)
    if (code === COLON) {
      this.#match = matchUrl(cursor, index)
    } else if (code === NEWLINE) {
      if (this.#before(index) !== BACKSLASH) this.#topics = 0
    } else if (code === PERCENT) {
      if (isHex(cursor.at(index + 1)) && isHex(cursor.at(index + 2))) return this.#unit(index + 3)
    } else if (code === ESCAPE) {
      const end = cursor.afterAnsi(index)
      if (end > index) return this.#unit(end)
    }
    return index + 1
  }

  /** Backslashes and what they escape: the next name begins behind it, not with it. */
  #escape(index: number): number {
    const cursor = this.#cursor
    const letter = index + cursor.backslashes(index)
    const code = cursor.at(letter)
    if (cursor.starved) return index
    if (isQuote(code)) return letter + 1
    if (code === 117 || code === 120) {
      const end = this.#afterCodePoint(letter)
      return end > letter ? this.#unit(end) : letter
    }
    if (code === -1 || !ESCAPED_LETTERS.includes(String.fromCharCode(code))) return letter
    // A name may begin with the letter all the same, as in a Windows path.
    const behind = nameEnd(cursor, letter + 1)
    if (behind > letter + 1) {
      if (!cursor.starved) this.#match = matchShape(cursor, letter)
      if (!cursor.starved && this.#match === undefined) this.#match = this.#matchName(letter + 1, behind)
      if (!cursor.starved && this.#match === undefined) this.#match = this.#matchName(letter, behind)
    }
    return this.#unit(letter + 1)
  }

  /** Index after `u001b` or `x1b`, and after the rest of a colour sequence that the code point begins. */
  #afterCodePoint(letter: number): number {
    const cursor = this.#cursor
    const digits = cursor.at(letter) === 117 ? 4 : 2
    for (let offset = 1; offset <= digits; offset++) if (!isHex(cursor.at(letter + offset))) return letter
    const end = letter + digits + 1
    if (
      !cursor.text.slice(letter, end).toLowerCase().endsWith('1b') ||
      cursor.at(end) !== BRACKET ||
      cursor.isMarker(end)
    )
      return end
    let last = end + 1
    while (last - end < 16 && cursor.at(last) >= 48 && cursor.at(last) <= 59) last++
    return isAlnum(cursor.at(last)) ? last + 1 : last
  }

  /** Steps over something that separates names like a blank does. */
  #unit(end: number): number {
    if (!this.#cursor.starved) this.#boundary(end)
    return end
  }

  /** The character before an index, 0 where a boundary stands. */
  #before(index: number): number {
    return index > this.#edge ? this.#cursor.text.charCodeAt(index - 1) : this.#prior
  }

  #before2(index: number): number {
    if (index > this.#edge + 1) return this.#cursor.text.charCodeAt(index - 2)
    return index > this.#edge ? this.#prior : this.#prior2
  }

  #boundary(index: number): void {
    this.#edge = index
    this.#prior = 0
    this.#prior2 = 0
    this.#nameAt = -1
  }
}
