import { InvalidInputError } from '../../util/errors.js'
import type { ExecServerVersion } from './handshake.js'

const SCHEME = /^file:/i
const DRIVE = /^[A-Za-z]:[\\/]/
const DRIVE_IN_URI = /^\/[A-Za-z]:(?:\/|$)/
/** What `encodeURI` leaves alone, but a path may not leave bare in a URI. */
const BARE = /[?#]/g

/**
 * A path on the server's machine, or its `file:` URI, as the server's version takes it. The server may run another
 * system than this one, so that the form of the path decides. Throws `InvalidInputError` for what is not absolute.
 */
export function toPlace(option: string, path: string, version: ExecServerVersion): string {
  const isText = typeof path === 'string' && !path.includes('\0')
  const isUri = isText && SCHEME.test(path)
  const isAbsolute = isText && (isUri || path.startsWith('/') || path.startsWith('\\\\') || DRIVE.test(path))
  if (!isAbsolute) throw new InvalidInputError(option, path, 'an absolute path or a file: URI')
  if (version === 'v0') return isUri ? fromUri(path) : path
  if (isUri) return path
  try {
    return toUri(path)
  } catch (cause) {
    throw new InvalidInputError(option, path, 'a path of whole characters', { cause })
  }
}

/** Throws a `URIError` for half a surrogate pair. */
function toUri(path: string): string {
  if (path.startsWith('/')) return `file://${encode(path)}`
  const slashes = path.replaceAll('\\', '/')
  return DRIVE.test(path) ? `file:///${encode(slashes)}` : `file:${encode(slashes)}`
}

function encode(path: string): string {
  return encodeURI(path).replace(BARE, encodeURIComponent)
}

/** The path that a `file:` URI of the server names; what is no such URI is returned as it came. */
export function fromUri(uri: string): string {
  if (!SCHEME.test(uri)) return uri
  try {
    const { hostname, pathname } = new URL(uri)
    const path = decodeURIComponent(pathname)
    if (hostname !== '' && hostname !== 'localhost') return `\\\\${hostname}${path.replaceAll('/', '\\')}`
    return DRIVE_IN_URI.test(path) ? path.slice(1).replaceAll('/', '\\') : path
  } catch {
    // Bytes that are no UTF-8 have no text of their own.
    return uri
  }
}
