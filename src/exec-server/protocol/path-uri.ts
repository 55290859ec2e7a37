import { isAbsolute } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { RpcError } from '../../rpc/errors.js'

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/

/** The `file:` URI of a path of this machine; a relative one starts at `process.cwd()`. */
export function pathToUri(path: string): string {
  return pathToFileURL(path).href
}

/**
 * The path of this machine that a URI names, `..` resolved; links are not followed. Throws an {@link RpcError}
 * (-32602) for what is no `file:` URI of this machine.
 *
 * @param acceptsNative - whether an absolute native path is taken too, as v0 sends it
 */
export function uriToPath(uri: string, acceptsNative = false): string {
  if (acceptsNative && isAbsolute(uri) && !uri.includes('\0')) return uri
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase()
  if (scheme === undefined) throw RpcError.invalidParams('invalid URI: relative URL without a base')
  if (scheme !== 'file') throw RpcError.invalidParams(`unsupported path URI scheme \`${scheme}\``)
  const url = parse(uri)
  if (uri.includes('#')) throw RpcError.invalidParams('fragments are not allowed in path URIs')
  if (uri.includes('?')) throw RpcError.invalidParams('query parameters are not allowed in path URIs')
  if (process.platform === 'win32') return windowsPath(url, uri)
  if (url.hostname !== '' && url.hostname !== 'localhost') throw invalidHere(uri)
  try {
    const path = decodeURIComponent(url.pathname)
    if (!path.includes('\0')) return path
  } catch {
    // Bytes that are no UTF-8 have no path that this runtime could open.
  }
  throw invalidHere(uri)
}

function parse(uri: string): URL {
  try {
    return new URL(uri)
  } catch {
    throw RpcError.invalidParams('invalid URI: invalid international domain name or port')
  }
}

function windowsPath(url: URL, uri: string): string {
  try {
    return fileURLToPath(url)
  } catch {
    throw invalidHere(uri)
  }
}

function invalidHere(uri: string): RpcError {
  const shown = uri.length > 200 ? `${uri.slice(0, 200)}…` : uri
  return RpcError.invalidParams(`'${shown}' is invalid on '${process.platform}'`)
}
