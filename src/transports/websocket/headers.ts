import { createRedactor, redact } from '../../redaction/index.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkOptions } from '../../util/validate.js'
import type { WebSocketTarget } from './target.js'

/** What the opening handshake sends besides its own headers. */
export interface CredentialOptions {
  /**
   * Token that is sent as `Authorization: Bearer …`: only over TLS, over a unix socket or to this machine
   * (127.0.0.0/8, ::1, localhost), unless `allowInsecureToken` is set. @default none
   */
  readonly token?: string | undefined
  /**
   * Further headers of the opening handshake. `Origin` and the headers of the handshake itself are refused;
   * an `Authorization`, `Proxy-Authorization` or `Cookie` is held to the same rule as `token`. @default none
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Lets a token leave this machine without encryption, for everybody on the way to read. @default false */
  readonly allowInsecureToken?: boolean | undefined
}

/** The headers to send, and what removes their secrets from a text. */
export interface HandshakeHeaders {
  readonly headers: Readonly<Record<string, string>>
  redact(text: string): string
}

const NAME = /^[\w!#$%&'*+.^`|~-]+$/
const VISIBLE = /^[\x21-\x7e]+$/
/** What HTTP allows in a value, without the bytes that no standard gives a meaning. */
const VALUE = /^[\t\x20-\x7e]*$/
const OWN = /^(?:connection|upgrade|sec-websocket-.*)$/
const CREDENTIALS: readonly string[] = ['authorization', 'proxy-authorization', 'cookie']

/** Builds the headers. Throws `InvalidInputError` naming the option, never its value. */
export function buildHeaders(options: CredentialOptions, target: WebSocketTarget): HandshakeHeaders {
  const { token, allowInsecureToken } = options
  if (allowInsecureToken !== undefined && typeof allowInsecureToken !== 'boolean') {
    throw new InvalidInputError('allowInsecureToken', allowInsecureToken, 'a boolean')
  }
  checkToken('token', token)
  const headers = new Map(readHeaders(options.headers))
  const sources = [
    ['token', token],
    ['url', target.userInfo],
    ['headers.authorization', headers.get('authorization')],
  ].filter(([, value]) => value !== undefined)
  if (sources.length > 1) {
    const names = sources.map(([name]) => name).join(', ')
    throw new InvalidInputError('token', token, `one way to authenticate only, not ${names} together`)
  }
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  if (target.userInfo !== undefined) {
    headers.set('authorization', `Basic ${Buffer.from(target.userInfo).toString('base64')}`)
  }
  const secrets = CREDENTIALS.filter((name) => headers.has(name))
  if (secrets.length > 0 && !target.isPrivate && allowInsecureToken !== true) {
    const option = sources[0]?.[0] ?? `headers.${secrets[0]}`
    const expected = 'wss:, a unix socket or a loopback address to send it to, or `allowInsecureToken: true`'
    throw new InvalidInputError(option, option, expected)
  }
  return {
    headers: Object.fromEntries(headers),
    redact: redactorFor(secrets.map((name) => headers.get(name) ?? '')),
  }
}

/** Checks a bearer token. Throws `InvalidInputError` naming the option. */
export function checkToken(option: string, token: unknown): void {
  if (token === undefined || (typeof token === 'string' && VISIBLE.test(token))) return
  throw new InvalidInputError(option, token, 'visible ASCII characters without spaces')
}

function* readHeaders(headers: unknown): Generator<[name: string, value: string]> {
  checkOptions('headers', headers)
  for (const [name, value] of Object.entries(headers ?? {})) {
    const key = name.toLowerCase()
    // A name may be a whole header by mistake; what stands behind its colon is not for messages.
    if (!NAME.test(name)) throw new InvalidInputError('headers', headers, 'valid names of headers')
    if (key === 'origin') {
      throw new InvalidInputError('headers.origin', value, 'no Origin: an app-server refuses it with 403')
    }
    if (OWN.test(key)) throw new InvalidInputError(`headers.${key}`, value, 'no header of the handshake')
    if (typeof value !== 'string' || !VALUE.test(value)) {
      throw new InvalidInputError(`headers.${key}`, value, 'a string of printable ASCII characters')
    }
    yield [key, value]
  }
}

/** What the other side answers may quote what it was sent. */
function redactorFor(values: readonly string[]): (text: string) => string {
  if (values.length === 0) return redact
  const words = values.flatMap((value) => value.split(/[\s;=]+/)).concat(values)
  try {
    const redactor = createRedactor({
      values: [...new Set(words)].filter((word) => word !== 'Bearer' && word !== 'Basic' && word !== ''),
    })
    return (text) => redactor.redact(text)
  } catch {
    // A secret too short or too long to be found safely: then nothing is quoted.
    return () => ''
  }
}
