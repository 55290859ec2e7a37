import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a signed token is held against. */
export interface SignedTokenRules {
  readonly sharedSecret: string
  readonly issuer: string | undefined
  readonly audience: string | undefined
  readonly maxClockSkewSeconds: number
}

/** No honest token is longer. */
const LONGEST_TOKEN = 16 * 1024
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Whether a token is a JSON Web Token signed with the secret by HS256, in force at a time: `exp` is required, `nbf`,
 * `iss` and `aud` are held against the rules. One with a `crit` header is refused, since no extension is understood
 * here; and so is one that could have been written otherwise. Never throws.
 */
export function isValidSignedToken(token: string, rules: SignedTokenRules, nowSeconds: number): boolean {
  if (token.length > LONGEST_TOKEN) return false
  const parts = token.split('.')
  if (parts.length !== 3) return false
  const [header, payload, signature] = parts as [string, string, string]
  const expected = createHmac('sha256', rules.sharedSecret).update(`${header}.${payload}`).digest()
  const given = decode(signature)
  if (given?.length !== expected.length || !timingSafeEqual(given, expected)) return false
  // Read only now: what nobody has signed is not looked at.
  return isUnderstood(readPart(header)) && isInForce(readPart(payload), rules, nowSeconds)
}

function isUnderstood(header: Readonly<Record<string, unknown>> | undefined): boolean {
  return header?.alg === 'HS256' && !Object.hasOwn(header, 'crit')
}

function isInForce(
  claims: Readonly<Record<string, unknown>> | undefined,
  { issuer, audience, maxClockSkewSeconds }: SignedTokenRules,
  now: number,
): boolean {
  if (!claims || !isTime(claims.exp) || now >= claims.exp + maxClockSkewSeconds) return false
  const { nbf, iss, aud } = claims
  if (nbf !== undefined && !(isTime(nbf) && now >= nbf - maxClockSkewSeconds)) return false
  if (issuer !== undefined && iss !== issuer) return false
  return audience === undefined || (Array.isArray(aud) ? aud.includes(audience) : aud === audience)
}

/** JSON has numbers beyond all bounds: `1e999` is read as Infinity, which would never end. */
function isTime(value: unknown): value is number {
  return Number.isFinite(value)
}

function readPart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(UTF8.decode(decode(part)))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** The bytes of a base64url text without padding, or nothing when it is none, or not the one way to write them. */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}
