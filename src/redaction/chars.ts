/** Character codes that the rules name. */
export const TAB = 9
export const NEWLINE = 10
export const RETURN = 13
export const ESCAPE = 27
export const SPACE = 32
export const DOUBLE_QUOTE = 34
export const PERCENT = 37
export const SINGLE_QUOTE = 39
export const COMMA = 44
export const DASH = 45
export const DOT = 46
export const SLASH = 47
export const COLON = 58
export const LESS = 60
export const EQUALS = 61
export const GREATER = 62
export const AT = 64
export const BRACKET = 91
export const BACKSLASH = 92
export const BRACKET_CLOSE = 93
export const UNDERSCORE = 95
export const BACKTICK = 96

/** What {@link KIND} says about a character. */
export const OTHER = 0
export const ALNUM = 1
export const LOW_LINE = 2
export const HYPHEN = 3
/** Characters at which the scanner has to look closer. */
export const SPECIAL = 4

/**
 * A set of ASCII characters as a lookup table: `ranges` such as `A-Za-z`, single `members`, and `soft` ones
 * (value 2), which count only where another member follows.
 */
export function charset(ranges: string, members = '', soft = ''): Uint8Array {
  const table = new Uint8Array(128)
  for (let index = 0; index + 2 < ranges.length; index += 3) {
    table.fill(1, ranges.charCodeAt(index), ranges.charCodeAt(index + 2) + 1)
  }
  for (const char of members) table[char.charCodeAt(0)] = 1
  for (const char of soft) table[char.charCodeAt(0)] = 2
  return table
}

export const ALNUM_SET: Uint8Array = charset('A-Za-z0-9')

/** Kind of each ASCII character; anything beyond ASCII is {@link OTHER}. */
export const KIND: Uint8Array = (() => {
  const table = new Uint8Array(128)
  for (let code = 0; code < 128; code++) if (ALNUM_SET[code]) table[code] = ALNUM
  table[UNDERSCORE] = LOW_LINE
  table[DASH] = HYPHEN
  for (const code of [NEWLINE, ESCAPE, PERCENT, COLON, BACKSLASH]) table[code] = SPECIAL
  return table
})()

const CONTROLS = String.fromCharCode(...Array.from({ length: 33 }, (_, code) => code), 127)

/** Characters that end a bare value. */
export const VALUE_STOPS: Uint8Array = charset('', `${CONTROLS}"'\`,;&|<>)]}`)
/** Characters that end the value of a variable in a shell or an env file. */
export const VARIABLE_STOPS: Uint8Array = charset('', `${CONTROLS}"'\`;&|<>`)
/** Characters that end a URL in a text. */
export const URL_STOPS: Uint8Array = charset('', `${CONTROLS}"'\`<>\\`)
/** Characters that end the user, password and host of a URL. */
export const AUTHORITY_STOPS: Uint8Array = charset('', `${CONTROLS}"'\`<>\\/?#`)

/** Whether the character is an ASCII letter or digit. */
export function isAlnum(code: number): boolean {
  return code >= 48 && code < 128 && ALNUM_SET[code] === 1
}

/** Whether the character can be part of a name such as `x-api-key` or `OPENAI_API_KEY`. */
export function isNameChar(code: number): boolean {
  return isAlnum(code) || code === UNDERSCORE || code === DASH
}

/** Whether the character opens and closes a string. */
export function isQuote(code: number): boolean {
  return code === DOUBLE_QUOTE || code === SINGLE_QUOTE || code === BACKTICK
}

/** Whether the character is a hexadecimal digit. */
export function isHex(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)
}

/** Whether the character is an upper-case ASCII letter. */
export function isUpper(code: number): boolean {
  return code >= 65 && code <= 90
}

/** Whether the character is an ASCII digit. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** Index after characters that mean nothing to any rule. */
export function afterPlain(text: string, from: number, markerStart: number): number {
  const kinds = KIND
  let index = from
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === markerStart || (code < 128 && kinds[code] !== OTHER)) break
  }
  return index
}
