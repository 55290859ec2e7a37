import { readTarget } from '../../transports/websocket/target.js'
import { InvalidInputError } from '../../util/errors.js'

const EXPECTED = 'a ws:, wss:, http:, https:, unix: or ws+unix: URL'

/** Where an external server is. */
export interface Endpoint {
  /** For `webSocket(url)`: `http:` has become `ws:`, and `https:` `wss:`. */
  readonly url: string
  /** As records and logs may show it: without user, password and query. */
  readonly label: string
}

/** Reads the address of an external server. Throws `InvalidInputError` naming `server.endpoint`. */
export function readEndpoint(endpoint: unknown): Endpoint {
  if (typeof endpoint !== 'string' || endpoint === '') {
    throw new InvalidInputError('server.endpoint', endpoint, EXPECTED)
  }
  const url = endpoint.replace(/^http:/i, 'ws:').replace(/^https:/i, 'wss:')
  try {
    return { url, label: readTarget(url).label }
  } catch (cause) {
    const expected = cause instanceof InvalidInputError ? cause.expected : EXPECTED
    throw new InvalidInputError('server.endpoint', endpoint, expected, { cause })
  }
}
