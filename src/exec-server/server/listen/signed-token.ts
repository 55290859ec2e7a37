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
const BASE64URL = /^[A-Za-z0-9_-]+$/

/**
 * Whether a token is a JSON Web Token signed with the secret by HS256, in force at a time: `exp` is required, `nbf`,
 * `iss` and `aud` are held against the rules. Never throws.
 */
export function isValidSignedToken(token: string, rules: SignedTokenRules, nowSeconds: number): boolean {
  if (token.length > LONGEST_TOKEN) return false
  const parts = token.split('.')
  if (parts.length !== 3 || !parts.every((part) => BASE64URL.test(part))) return false
  const [header, payload, signature] = parts as [string, string, string]
  const expected = createHmac('sha256', rules.sharedSecret).update(`${header}.${payload}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false
  // Read only now: what nobody has signed is not looked at.
  return readPart(header)?.alg === 'HS256' && isInForce(readPart(payload), rules, nowSeconds)
}

function isInForce(
  claims: Readonly<Record<string, unknown>> | undefined,
  { issuer, audience, maxClockSkewSeconds }: SignedTokenRules,
  now: number,
): boolean {
  if (!claims || typeof claims.exp !== 'number' || !(now < claims.exp + maxClockSkewSeconds)) return false
  const { nbf, iss, aud } = claims
  if (nbf !== undefined && !(typeof nbf === 'number' && now >= nbf - maxClockSkewSeconds)) return false
  if (issuer !== undefined && iss !== issuer) return false
  return audience === undefined || (Array.isArray(aud) ? aud.includes(audience) : aud === audience)
}

function readPart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
