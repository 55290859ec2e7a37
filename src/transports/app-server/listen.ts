import { isIP } from 'node:net'
import { InvalidInputError } from '../../util/errors.js'
import { checkUnixPath } from '../unix-path.js'

/** Where an app-server is to listen. */
export interface ListenAddress {
  /** The value of `--listen`. */
  readonly url: string
  /** Path of the socket; `undefined` for a port. */
  readonly socketPath: string | undefined
}

const EXPECTED = '`ws://IP:PORT`, with port 0 for a free one, or `unix:///path`'

/** Reads where to listen. Throws `InvalidInputError` naming `listen`. */
export function readListen(listen: unknown): ListenAddress {
  if (typeof listen !== 'string') throw new InvalidInputError('listen', listen, EXPECTED)
  if (listen.startsWith('unix://')) {
    return { url: listen, socketPath: checkUnixPath('listen', listen.slice('unix://'.length)) }
  }
  const [, ip, port] = /^ws:\/\/(.+):(\d{1,5})$/.exec(listen) ?? []
  const bare = ip?.replace(/^\[(.*)\]$/, '$1')
  // Codex takes no names and no path here.
  if (!bare || isIP(bare) === 0 || Number(port) > 65_535) {
    throw new InvalidInputError('listen', listen, EXPECTED)
  }
  return { url: listen, socketPath: undefined }
}
