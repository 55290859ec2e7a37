import { createHash, timingSafeEqual } from 'node:crypto'
import { checkToken } from '../../../transports/websocket/headers.js'
import { InvalidInputError } from '../../../util/errors.js'
import { checkInteger, checkKnownKeys, checkOptions, checkString } from '../../../util/validate.js'
import { isValidSignedToken } from './signed-token.js'

/**
 * What a client must show in `Authorization: Bearer …`, one of three:
 * - `token`: this very text;
 * - `tokenSha256`: a text with this SHA-256 digest, in hex, so that the server need not know the text;
 * - `sharedSecret`: a JSON Web Token signed with it by HS256, which has an `exp` in the future, and `issuer` and
 *   `audience` when those are given. At least 32 characters. Clocks may differ by `maxClockSkewSeconds`, 30 by
 *   default.
 */
export type ExecServerAuth =
  | { readonly token: string }
  | { readonly tokenSha256: string }
  | {
      readonly sharedSecret: string
      readonly issuer?: string | undefined
      readonly audience?: string | undefined
      readonly maxClockSkewSeconds?: number | undefined
    }

/** Whether the value of an `Authorization` header lets its sender in. */
export type Authorizer = (authorization: string | undefined) => boolean

const SHORTEST_SECRET = 32
const DEFAULT_CLOCK_SKEW_SECONDS = 30
const LONGEST_CLOCK_SKEW_SECONDS = 300

/** The ways, each with what may stand beside it: a demand under a mistyped name would not be made. */
const WAYS: Readonly<Record<string, Readonly<Record<string, true>>>> = {
  token: { token: true },
  tokenSha256: { tokenSha256: true },
  sharedSecret: { sharedSecret: true, issuer: true, audience: true, maxClockSkewSeconds: true },
}

/** Makes the check of a listener. Throws `InvalidInputError`, never with a secret in it. */
export function authorizer(auth: ExecServerAuth | undefined): Authorizer {
  if (auth === undefined) return () => true
  const isValid = tokenCheck(auth)
  return (authorization) => {
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
    return token !== undefined && isValid(token)
  }
}

function tokenCheck(auth: ExecServerAuth): (token: string) => boolean {
  checkOptions('auth', auth)
  const [way, ...others] = Object.entries(WAYS).filter(([name]) => name in auth)
  if (way === undefined || others.length > 0)
    throw new InvalidInputError('auth', auth, 'one of token, tokenSha256 and sharedSecret')
  checkKnownKeys(auth, way[1], 'auth')
  if ('token' in auth) {
    if (auth.token === undefined) throw new InvalidInputError('auth.token', auth.token, 'a string')
    checkToken('auth.token', auth.token)
    return digestCheck(sha256(auth.token))
  }
  if ('tokenSha256' in auth) {
    if (typeof auth.tokenSha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(auth.tokenSha256)) {
      throw new InvalidInputError('auth.tokenSha256', auth.tokenSha256, 'a SHA-256 digest of 64 hex digits')
    }
    return digestCheck(Buffer.from(auth.tokenSha256, 'hex'))
  }
  const { sharedSecret, issuer, audience } = auth
  if (typeof sharedSecret !== 'string' || sharedSecret.length < SHORTEST_SECRET) {
    const expected = `a string of at least ${SHORTEST_SECRET} characters`
    throw new InvalidInputError('auth.sharedSecret', sharedSecret, expected)
  }
  checkString('auth.issuer', issuer)
  checkString('auth.audience', audience)
  const maxClockSkewSeconds = checkInteger(
    'auth.maxClockSkewSeconds',
    auth.maxClockSkewSeconds,
    DEFAULT_CLOCK_SKEW_SECONDS,
    0,
    LONGEST_CLOCK_SKEW_SECONDS,
  )
  const rules = { sharedSecret, issuer, audience, maxClockSkewSeconds }
  return (token) => isValidSignedToken(token, rules, Date.now() / 1000)
}

/** Digests have one length and tell nothing of what they were made of: the comparison takes one time. */
function digestCheck(expected: Buffer): (token: string) => boolean {
  return (token) => timingSafeEqual(sha256(token), expected)
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
