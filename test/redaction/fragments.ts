import fc from 'fast-check'

/** Secrets of the shapes that the redactor knows; put together here so that no scanner of sources trips. */
export const FAKE = {
  openai: `sk-${'proj-'}Abc123Def456Ghi789Jkl012Mno345`,
  anthropic: `sk-${'ant-'}api03-Abc123Def456Ghi789Jkl`,
  github: `gh${'p_'}16C7e42F292c6912E7710c838347Ae178B4a`,
  aws: `AK${'IA'}IOSFODNN7EXAMPLE`,
  slack: `xo${'xb-'}123456789012-abcdefABCDEF`,
  google: `AI${'za'}SyA1234567890abcdefghijklmnopqrstuv`,
  stripe: `sk_${'live_'}4eC39HqLyjWDarjtT1zdp7dc`,
  npm: `np${'m_'}abcdefghijklmnopqrstuvwxyz0123456789`,
  jwt: [
    'ey' + 'JhbGciOiJIUzI1NiJ9',
    'ey' + 'JzdWIiOiIxMjM0NTY3ODkwIn0',
    'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P',
  ].join('.'),
  pem: `-----BEGIN ${'RSA PRIVATE'} KEY-----\nMIIEpAIBAAKCAQEA1234\nabcd+/==\n-----END RSA PRIVATE KEY-----`,
} as const

const GLUE = [
  ' ',
  '\n',
  '\t',
  '"',
  "'",
  '`',
  '\\',
  '\\n',
  '\\"',
  '\\\\\\"',
  ':',
  '=',
  ': ',
  ' = ',
  '=>',
  '://',
  '/',
  '@',
  '?',
  '&',
  '%3D',
  '%',
  '.',
  ',',
  ';',
  '-',
  '--',
  '-----',
  '_',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '<',
  '>',
  '$',
  '*',
  '#',
  '\u001b[31m',
  '\u001b',
  'é',
  '\ud800',
  '\udc00',
  '\u0000',
  '\\u001b[0m',
  '\\u0022',
  '"""',
  '1',
  '42',
  '\r\n',
]
const WORDS = [
  'token',
  'TOKEN',
  'password',
  'api_key',
  'apiKey',
  'x-api-key',
  'secret',
  'Authorization',
  'authorization',
  'Cookie',
  'set-cookie',
  'Bearer',
  'basic',
  'Digest',
  'auth',
  'Pwd',
  'OPENAI_API_KEY',
  'export',
  'parser.next()',
  'hunter2',
  'abc',
  'Zz9',
  'sk-',
  'sk',
  'eyJ',
  'ghp_',
  'AKIA',
  'xoxb-',
  '-----BEGIN ',
  'PRIVATE KEY-----',
  '-----END ',
  'https',
  'user',
  'example.com',
  'null',
  'string',
  'Some(',
  'the',
  'flag',
  'a=b',
  'hooks.slack.com',
  '/services/',
  '[redacted]',
  '[reda',
  'cted]',
  'max_tokens',
  'abcdefghijklmnop',
  '0123456789abcdef',
]

/** Texts made of the pieces that the rules are about, in any order. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
      { weight: 5, arbitrary: fc.constantFrom(...GLUE) },
      { weight: 2, arbitrary: fc.constantFrom(...Object.values(FAKE)) },
      { weight: 1, arbitrary: fc.string({ maxLength: 6, unit: 'binary' }) },
    ),
    { maxLength: 24, size: 'max' },
  )
  .map((parts) => parts.join(''))

/** A text and the places at which it is cut. */
export const cutText: fc.Arbitrary<readonly string[]> = fc
  .tuple(hostileText, fc.array(fc.nat(), { maxLength: 12 }))
  .map(([text, cuts]) =>
    cutAt(
      text,
      cuts.map((cut) => cut % (text.length + 1)),
    ),
  )

/** The parts of a text between the given indexes. */
export function cutAt(text: string, cuts: readonly number[]): string[] {
  const sorted = [0, ...[...cuts].sort((a, b) => a - b), text.length]
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end))
}
