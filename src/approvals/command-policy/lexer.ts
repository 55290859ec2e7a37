import { MAX_SIMPLE_COMMANDS, MAX_WORDS } from './limits.js'
import { quoteForReason, type Reading, refuse } from './reading.js'

/** What ends or joins simple commands; the only operators that are read. */
type Operator = '&&' | '||' | '|' | ';' | '\n'

interface WordToken {
  readonly type: 'word'
  readonly value: string
  /** Written without any quote or backslash, so that a shell could take it for a keyword. */
  readonly bare: boolean
}

interface OperatorToken {
  readonly type: 'operator'
  readonly operator: Operator
}

type Token = WordToken | OperatorToken

/** Thrown inside this file only, to leave the scan at the first thing that is not certain. */
class Uncertain extends Error {}

// Characters that are themselves in bash, dash and zsh, whatever their options, anywhere in a word.
// Not here although literal in most places: ~ ^ # (zsh patterns), ! (history), everything beyond ASCII
// (some shells take single bytes of it for blanks).
const PLAIN = /[A-Za-z0-9_@%+=:,./-]/

/** Words that bash, dash or zsh take for syntax when they stand unquoted where a command starts. */
const KEYWORDS: ReadonlySet<string> = new Set(
  `if then else elif fi do done case esac while until for in function select time coproc repeat foreach
  end nocorrect`.split(/\s+/),
)

const WHY_NOT: Readonly<Record<string, string>> = {
  $: 'an expansion or `$` quoting',
  '`': 'a command substitution',
  '~': 'a tilde',
  '*': 'a glob',
  '?': 'a glob',
  '[': 'a glob or a test',
  ']': 'a glob or a test',
  '{': 'a brace expansion or group',
  '}': 'a brace expansion or group',
  '(': 'a subshell, function or substitution',
  ')': 'a subshell, function or substitution',
  '<': 'a redirection',
  '>': 'a redirection',
  '&': 'a background command or redirection',
  '!': 'a negation or history expansion',
  '#': 'a comment or pattern',
  '^': 'a pattern',
  '=': 'a word that starts with `=`',
}

/** How a text came to be. */
export interface LexOptions {
  /**
   * The text is a list of words as Codex writes it down, which no shell has read or will read: two
   * single-quoted parts in a row mean what they do by the standard. @default false
   */
  readonly written?: boolean
}

/**
 * Splits a script into simple commands by a grammar small enough to be read at a glance: plain words,
 * quotes, backslashes, and the operators `;`, `&&`, `||`, `|` and newline. Everything else is refused, and
 * so is whatever bash, dash and zsh would read differently. Linear in the text; never throws.
 */
export function lexScript(text: string, options: LexOptions = {}): Reading {
  try {
    return group(new Scanner(text, options.written ?? false).tokens())
  } catch (error) {
    if (error instanceof Uncertain) return refuse(error.message)
    throw error
  }
}

class Scanner {
  readonly #text: string
  readonly #written: boolean
  #at = 0

  constructor(text: string, written: boolean) {
    this.#text = text
    this.#written = written
  }

  *tokens(): Generator<Token> {
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at)
      if (char === ' ' || char === '\t') this.#at++
      else yield this.#operator(char) ?? this.#word()
    }
  }

  #operator(char: string): OperatorToken | undefined {
    const next = this.#text.charAt(this.#at + 1)
    let operator: Operator
    if ((char === '&' || char === '|') && next === char) operator = char === '&' ? '&&' : '||'
    else if (char === '|' || char === ';' || char === '\n') operator = char
    else return undefined
    this.#at += operator.length
    return { type: 'operator', operator }
  }

  #word(): WordToken {
    const start = this.#at
    let value = ''
    let bare = true
    for (;;) {
      const char = this.#text.charAt(this.#at)
      if (char === "'") value += this.#singleQuoted()
      else if (char === '"') value += this.#doubleQuoted()
      else if (char === '\\') value += this.#escaped()
      // zsh expands a leading `=` to the path of a command.
      else if (PLAIN.test(char) && !(char === '=' && this.#at === start)) {
        value += char
        this.#at++
        continue
      } else if (isWordEnd(char)) return { type: 'word', value, bare }
      else if (char === '&' && this.#text.charAt(this.#at + 1) === '&') return { type: 'word', value, bare }
      else throw new Uncertain(WHY_NOT[char] ?? `unquoted character ${quoteForReason(char)}`)
      bare = false
    }
  }

  #singleQuoted(): string {
    const close = this.#text.indexOf("'", this.#at + 1)
    if (close < 0) throw new Uncertain('an unterminated quote')
    const value = this.#text.slice(this.#at + 1, close)
    this.#at = close + 1
    // With zsh's RC_QUOTES two quotes in a row are one literal quote.
    if (!this.#written && this.#text.charAt(this.#at) === "'") throw new Uncertain('adjacent single quotes')
    return value
  }

  #doubleQuoted(): string {
    let value = ''
    this.#at++
    for (;;) {
      const char = this.#text.charAt(this.#at)
      if (char === '') throw new Uncertain('an unterminated quote')
      if (char === '$' || char === '`') throw new Uncertain('an expansion inside double quotes')
      if (char === '!') throw new Uncertain('a history expansion inside double quotes')
      this.#at++
      if (char === '"') return value
      if (char !== '\\') {
        value += char
        continue
      }
      const next = this.#text.charAt(this.#at)
      if (next === '' || next === '\n' || next === '!') throw new Uncertain('a backslash at an unsure place')
      // Inside double quotes a backslash quotes only these four; before others it is itself.
      value += '$`"\\'.includes(next) ? next : `\\${next}`
      this.#at++
    }
  }

  #escaped(): string {
    const next = this.#text.charAt(this.#at + 1)
    if (!/[ -~]/.test(next)) throw new Uncertain('a backslash at an unsure place')
    this.#at += 2
    return next
  }
}

function isWordEnd(char: string): boolean {
  return char === '' || char === ' ' || char === '\t' || char === '\n' || char === ';' || char === '|'
}

function group(tokens: Iterable<Token>): Reading {
  const commands: string[][] = []
  let current: string[] | undefined
  let unfinished = false
  let words = 0
  for (const token of tokens) {
    if (token.type === 'word') {
      if (current === undefined) {
        current = [startCommand(token)]
        if (commands.push(current) > MAX_SIMPLE_COMMANDS) throw new Uncertain('too many commands')
      } else current.push(token.value)
      if (++words > MAX_WORDS) throw new Uncertain('too many words')
      unfinished = false
    } else if (current !== undefined) {
      current = undefined
      unfinished = token.operator !== ';' && token.operator !== '\n'
    } else if (token.operator !== '\n') throw new Uncertain('an operator without a command before it')
  }
  if (unfinished) throw new Uncertain('an operator without a command after it')
  if (commands.length === 0) throw new Uncertain('no command')
  return { commands }
}

function startCommand(word: WordToken): string {
  if (word.bare && KEYWORDS.has(word.value)) throw new Uncertain(`the shell keyword \`${word.value}\``)
  if (word.value.includes('=')) throw new Uncertain('an assignment')
  return word.value
}
