/**
 * How much a name says about its value:
 * - `none`: nothing;
 * - `maybe`: the value is a secret if it looks like one (`auth`, `jwt`);
 * - `pass`: the bare word `pass`, which is the result of a test as often as a password;
 * - `token`: the bare word `token`, which parsers and models use for something else;
 * - `secret`: a secret whatever it looks like; `password` the same, though it may be a plain word;
 * - `authorization`, `cookie`: header fields with a grammar of their own.
 */
export type NameKind =
  | 'none'
  | 'maybe'
  | 'pass'
  | 'token'
  | 'secret'
  | 'password'
  | 'authorization'
  | 'cookie'

/** A quick test that every name of interest passes; most names do not. */
const STEM = /pass|pwd|secret|token|key|auth|cookie|cred|bearer|jwt|pat|sig|code|assertion/i

/** Longer names are judged by their end. */
const MAX_NAME = 256

const PASSWORDS = /(?:passwords?|passwd|passphrases?|passcode)$/
const JOINED_SECRETS =
  /(?:client|app|shared)secret$|(?:api|secret|access|private|auth|encryption|signing|master|account)keys?$|(?:auth|access|refresh|id|session|security|bearer|api|bot|github|gitlab|npm)token$|credentials?$/

const SECRET_KEYS = new Set(
  'api secret private access encryption decryption signing master account auth session subscription service license storage webhook admin deploy ssh rsa aes hmac shared crypto security psk preshared registration'.split(
    ' ',
  ),
)
const PASS_OWNERS = new Set(
  'db database user username my mysql maria pg postgres sql mongo redis mq rabbitmq smtp imap mail email ftp sftp ssh root admin http proxy auth basic sudo login keystore truststore wifi ldap git vault jenkins registry'.split(
    ' ',
  ),
)
/** What stands before `PASS` in variables that count or describe passes. */
const COUNTED_PASSES = new Set(
  'first second third last final single multi one two three num number n no max min by render shader depth shadow test tests must should will allow can did check compile build compiler opt optimization'.split(
    ' ',
  ),
)
const PLURAL_TOKENS = new Set(
  'access refresh auth api id session bearer bot security oauth personal'.split(' '),
)
const COUNTED_TOKENS = new Set(
  'max min num n no nb number total per input output cached reasoning prompt completion usage budget count eos bos pad unk mask sep cls special stop start end open close opening closing left right begin next prev previous current last first lookahead cancellation cancel progress done result page continuation cursor syntax unexpected expected invalid peek word subword sub byte design color theme whitespace comment keyword operator string identifier'.split(
    ' ',
  ),
)
/** What may follow the telling word without changing what the value is. */
const SUFFIXES = new Set('value raw b64 base64 plaintext text pem data hash enc encrypted'.split(' '))

/** A name in lower case without separators, as names that the caller adds are compared. */
export function normaliseName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** Words of a name: `x-api-key`, `apiKey` and `API_KEY` all end in `api`, `key`. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => (/[a-z]/.test(word) && !SUFFIXES.has(word) ? word.replace(/\d+$/, '') : word))
    .filter((word) => word !== '' && !/^\d+$/.test(word))
}

/** Says what a field, variable, header or parameter of this name holds. */
export function classifyName(name: string, extra?: ReadonlySet<string>): NameKind {
  const end = name.length > MAX_NAME ? name.slice(-MAX_NAME) : name
  if (extra !== undefined && extra.size > 0 && extra.has(normaliseName(end))) return 'secret'
  if (!STEM.test(end)) return 'none'
  const words = wordsOf(end)
  while (words.length > 1 && SUFFIXES.has(words.at(-1) ?? '')) words.pop()
  const last = words.at(-1) ?? ''
  const before = words.at(-2) ?? ''
  const joined = words.join('')
  if (PASSWORDS.test(joined)) return 'password'
  switch (last) {
    case 'authorization':
      return 'authorization'
    case 'cookie':
    case 'cookies':
    case 'setcookie':
      return 'cookie'
    case 'secret':
    case 'secrets':
    case 'credential':
    case 'credentials':
      return 'secret'
    case 'token':
      if (before === '') return 'token'
      return COUNTED_TOKENS.has(before) ? 'none' : 'secret'
    case 'tokens':
      return PLURAL_TOKENS.has(before) ? 'secret' : 'none'
    case 'key':
    case 'keys':
      if (SECRET_KEYS.has(before)) return 'secret'
      break
    case 'base':
      return before === 'key' && SECRET_KEYS.has(words.at(-3) ?? '') ? 'secret' : 'none'
    case 'pass':
      return pass(name, before)
    case 'pat':
      return before === '' ? 'none' : 'secret'
    case 'pwd':
      return before === '' ? pwd(name) : before === 'old' ? 'none' : 'password'
    case 'auth':
    case 'bearer':
    case 'jwt':
    case 'sig':
      return 'maybe'
    case 'signature':
      return before === 'amz' || before === 'goog' ? 'secret' : 'none'
    case 'code':
      return before === 'device' ? 'secret' : 'none'
    case 'verifier':
      return before === 'code' ? 'secret' : 'none'
    case 'assertion':
      return before === 'client' ? 'secret' : 'none'
  }
  return JOINED_SECRETS.test(joined) ? 'secret' : 'none'
}

/** `DB_PASS` and `smtpPass` are passwords, `renderPass` and `TESTS_PASS` are not. */
function pass(name: string, before: string): NameKind {
  if (before === '') return 'pass'
  if (PASS_OWNERS.has(before)) return 'password'
  return /[a-z]/.test(name) || COUNTED_PASSES.has(before) ? 'none' : 'password'
}

/** `Pwd=` belongs to connection strings; `PWD=` and `pwd` are the working directory. */
function pwd(name: string): NameKind {
  return name === 'Pwd' ? 'password' : 'none'
}
