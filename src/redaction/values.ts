import type { NameKind } from './names.js'

/** Everything that the decision about a value rests on. */
export interface Value {
  /** The value, or its beginning when `cut`. */
  readonly text: string
  /** Whether it goes on beyond what was looked at. */
  readonly cut: boolean
  readonly quoted: boolean
  /** What its name says. */
  readonly kind: NameKind
  /** Its name in lower case. */
  readonly name: string
  /** Whether the form leaves no doubt that this is a setting: a variable, a header, a JSON field, a flag. */
  readonly plain: boolean
  /** Whether it is the value of `name=value` without blanks. */
  readonly tight: boolean
  /** Whether nothing follows on its line. */
  readonly lastOnLine: boolean
}

const NOTHING = new Set(
  'true false null nil none undefined yes no on off include omit same-origin'.split(' '),
)
const TYPES = new Set(
  'string str number int integer bool boolean any unknown void object never bytes text char buffer required optional input value sha256 sha512 sha1 md5 base64 base32 base64url utf8 bcrypt argon2 oauth oauth2 rs256 hs256 es256 pbkdf2'.split(
    ' ',
  ),
)
/** Words that follow `--token` and the like in prose. */
const PROSE = new Set(
  'a an and are argument arguments as at by can cannot field flag flags for from has if in instead is it may must not of on option options or parameter parameters prompt should so that the then this to was when which will with you your'.split(
    ' ',
  ),
)
const REFERENCE =
  /^(?:\$[A-Z_][A-Z0-9_]*|\$\{[^}]*\}?|\$\(.*|\$\d{0,2}|%[A-Za-z_]+%|\{\{.*|<[^>]*>?|\$env:\w+|process\.env\b.*|os\.environ\b.*|import\.meta\b.*)$/s
const ELLIPSIS = /^(?:\*+|\.+|…|x{3,}|X{3,}|-+|_+)$/
const CALL = /^[A-Za-z_$](?:[\w$.?!]|::|->)*[([{]/
const PATH = /^[A-Za-z_$][A-Za-z_$]*\d{0,2}(?:(?:\?\.|!?\.|::|->)[A-Za-z_$][A-Za-z_$]*\d{0,2})+[?!;]?$/
const FILE = /^(?:~|\.{1,2})?\/[\w.-]*(?:\/|$)|^[A-Za-z]:[\\/]/
const IDENTIFIER = /^[A-Za-z_$][\w$]*[?!]?$/
const WHOLE_WORD = /^[A-Za-z]+$/

/** Whether a text is only a mention of a secret kept elsewhere, such as `$TOKEN` or `<your key>`. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text) || ELLIPSIS.test(text)
}

/** Whether a word after a flag or scheme belongs to a sentence about it. */
export function isProse(text: string): boolean {
  return PROSE.has(text.toLowerCase().replace(/[.:!?]+$/, ''))
}

/** Whether a text by itself looks like a secret: digits among letters, or capitals inside a long word. */
export function looksSecret(text: string, cut = false): boolean {
  if (cut) return true
  if (text.length < 8 || FILE.test(text)) return false
  if (/\d/.test(text)) return true
  return text.length >= 12 && /[a-z]/.test(text) && /.[A-Z]/.test(text)
}

/** Whether a word is a password rather than a word of prose, a number, a type or code. */
export function looksPassword(text: string): boolean {
  if (text.length < 6 || !/[A-Za-z]/.test(text) || !/\d/.test(text)) return false
  if (/[()[\]{}=:]/.test(text) || FILE.test(text) || PATH.test(text) || isReference(text)) return false
  return !TYPES.has(text.toLowerCase())
}

/** Whether the value of a telling name is a secret, rather than code, a type or prose. */
export function isSecretValue(value: Value, marker: string): boolean {
  const { text, kind } = value
  if (text === '') return false
  if (text.startsWith(marker) || value.cut) return true
  if (isReference(text) || NOTHING.has(text.toLowerCase())) return false
  if (kind === 'maybe') return looksSecret(text)
  if (kind === 'pass') return (value.tight || value.quoted) && looksPassword(text)
  if (value.quoted) return value.plain || kind !== 'token' || /^\S{6}/.test(text)
  if (value.plain) return !/^[{([]/.test(text)
  if (isNumber(text)) return kind !== 'token' || text.length >= 6
  if (isCode(value)) return false
  if (value.tight) return kind !== 'token' || text.length >= 4
  return stands(value)
}

function isNumber(text: string): boolean {
  return /^[\d.,_+-]+$/.test(text)
}

function isCode(value: Value): boolean {
  const { text } = value
  if (CALL.test(text) || PATH.test(text) || /^[{([&*!]/.test(text)) return true
  const word = text.toLowerCase().replace(/[?!;]$/, '')
  if (TYPES.has(word)) return true
  return IDENTIFIER.test(text) && isAbout(word, value.name)
}

/** `token: newToken`, `password = userPassword`: the value is a variable named like the field. */
function isAbout(word: string, name: string): boolean {
  if (
    word === name ||
    /^(?:[a-z_$]*)(?:token|pass(?:w(?:or)?d)?|secret|key|credentials?|cookies?|auth)s?\d?$/.test(word)
  ) {
    return true
  }
  return name.length >= 4 && word.includes(name) && !/\d{2}/.test(word)
}

/** Judges `name: value` and `name = value` in lower case, which settings, code and prose have in common. */
function stands(value: Value): boolean {
  const { text, kind } = value
  if (FILE.test(text)) return false
  if (WHOLE_WORD.test(text)) {
    if (text.length >= 32) return true
    return kind === 'password' && value.lastOnLine && /^[a-z]+$/.test(text)
  }
  if (text.length < 6) return false
  if (/\d/.test(text)) return true
  return kind !== 'token' && /[^\w.:?!'-]/.test(text)
}
