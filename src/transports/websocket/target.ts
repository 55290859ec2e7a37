import { redact } from '../../redaction/index.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkUnixPath } from '../unix-path.js'

/** Where to connect to. */
export interface WebSocketTarget {
  /** The address of the opening handshake: `ws:` or `wss:`, without user and password. */
  readonly address: string
  /** The unix socket that leads there, if it is one. */
  readonly socketPath: string | undefined
  readonly isTls: boolean
  /** Whether what is sent is safe from others: TLS, a unix socket, or this machine. */
  readonly isPrivate: boolean
  /** The address as messages may show it: without user, password and query. */
  readonly label: string
  /** `user:password`, decoded, when the URL has them. */
  readonly userInfo: string | undefined
}

const EXPECTED = 'a ws:, wss:, http:, https:, ws+unix: or unix: URL'
const SCHEMES: Readonly<Record<string, string>> = {
  'ws:': 'ws:',
  'http:': 'ws:',
  'wss:': 'wss:',
  'https:': 'wss:',
}
const UNIX = /^(ws\+)?unix:(?:\/\/)?(.*)$/is

/** Reads a URL. Throws `InvalidInputError` naming `url`; the URL itself is in no message. */
export function readTarget(url: string | URL): WebSocketTarget {
  if (typeof url !== 'string' && !(url instanceof URL)) throw new InvalidInputError('url', url, EXPECTED)
  const text = typeof url === 'string' ? url : url.href
  const unix = UNIX.exec(text)
  if (unix) {
    const path = typeof url === 'string' ? (unix[2] ?? '') : decode(url.pathname)
    return readUnixTarget(path, unix[1] !== undefined)
  }
  return readNetworkTarget(text)
}

/** The path is taken as it is written; after `ws+unix:` a colon separates it from the path of the handshake. */
function readUnixTarget(text: string, mayHaveHttpPath: boolean): WebSocketTarget {
  const colon = mayHaveHttpPath ? text.indexOf(':') : -1
  const socketPath = checkUnixPath('url', colon === -1 ? text : text.slice(0, colon))
  const httpPath = colon === -1 ? '/' : text.slice(colon + 1)
  const base = 'ws://localhost'
  if (!httpPath.startsWith('/') || !URL.canParse(base + httpPath)) {
    throw new InvalidInputError('url', text, 'a path that begins with a slash after the colon')
  }
  return {
    address: base + httpPath,
    socketPath,
    isTls: false,
    isPrivate: true,
    label: redact(`unix://${socketPath}`),
    userInfo: undefined,
  }
}

/** The parser turns every way to write an IPv4 address into four numbers, and names into lower case. */
function readNetworkTarget(text: string): WebSocketTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const scheme = SCHEMES[url?.protocol ?? '']
  if (!url || !scheme || url.hostname === '') throw new InvalidInputError('url', text, EXPECTED)
  if (url.hash !== '') throw new InvalidInputError('url', text, 'a URL without a fragment')
  if (url.port === '0') {
    throw new InvalidInputError('url', text, 'a port other than 0: the one that the server announced')
  }
  const origin = `${scheme}//${url.host}`
  const isTls = scheme === 'wss:'
  return {
    address: `${origin}${url.pathname}${url.search}`,
    socketPath: undefined,
    isTls,
    isPrivate: isTls || isLoopback(url.hostname),
    label: redact(`${origin}${url.pathname === '/' ? '' : url.pathname}`),
    userInfo:
      url.username === '' && url.password === ''
        ? undefined
        : `${decode(url.username)}:${decode(url.password)}`,
  }
}

/** Whether a host name of a URL is this machine, without asking a name server. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new InvalidInputError('url', text, 'a URL whose percent-encoded parts are UTF-8')
  }
}
