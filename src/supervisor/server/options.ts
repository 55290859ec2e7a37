import type { ReconnectOptions } from '../../client/index.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOptions, checkString } from '../../util/validate.js'
import { type Endpoint, readEndpoint } from './endpoint.js'

/** A server that the supervisor starts, restarts and ends. */
export interface SpawnServerOptions {
  readonly strategy: 'spawn'
  /** The Codex executable. Not with `command`. @default the one that `locateCodex` finds */
  readonly binary?: string | undefined
  /** Any program that speaks the app-server's protocol over its standard streams. @default `codex app-server` */
  readonly command?: string | undefined
  /** Arguments of `command`; without one, those that follow `codex app-server`. @default none */
  readonly args?: readonly string[] | undefined
  /** Its working folder. @default the folder of this process */
  readonly cwd?: string | undefined
}

/** A server that somebody else runs. */
export interface ExternalServerOptions {
  readonly strategy: 'external'
  /** Where it listens: `ws:`, `wss:`, `unix:` or `ws+unix:`; `http:` and `https:` are taken for `ws:` and `wss:`. */
  readonly endpoint: string
  /** Bearer token. @default none */
  readonly token?: string | undefined
  /** How a broken connection is made anew, before it counts as the end of the server. @default those of `Codex` */
  readonly reconnect?: ReconnectOptions | undefined
}

/** Where the Codex server comes from. */
export type ServerOptions = SpawnServerOptions | ExternalServerOptions

/** {@link ServerOptions}, checked. */
export type CheckedServer =
  | (SpawnServerOptions & { readonly label: 'stdio' })
  | (ExternalServerOptions & Endpoint)

/** Checks the option `server`. Throws `InvalidInputError` naming the member. */
export function checkServer(server: unknown): CheckedServer {
  if (server === undefined) return { strategy: 'spawn', label: 'stdio' }
  checkOptions('server', server)
  const given = server as ServerOptions
  if (given.strategy === 'spawn') return checkSpawn(given)
  if (given.strategy === 'external') return checkExternal(given)
  throw new InvalidInputError(
    'server.strategy',
    (server as { strategy?: unknown }).strategy,
    "'spawn' or 'external'",
  )
}

function checkSpawn(given: SpawnServerOptions): CheckedServer {
  checkKnownKeys(given, { strategy: true, binary: true, command: true, args: true, cwd: true })
  for (const name of ['binary', 'command', 'cwd'] as const) checkString(`server.${name}`, given[name])
  if (given.binary !== undefined && given.command !== undefined) {
    throw new InvalidInputError('server.binary', given.binary, 'nothing: `server.command` is given')
  }
  const args: unknown = given.args
  if (args !== undefined && !(Array.isArray(args) && args.every((arg) => typeof arg === 'string'))) {
    throw new InvalidInputError('server.args', args, 'a list of strings')
  }
  return { ...given, label: 'stdio' }
}

function checkExternal(given: ExternalServerOptions): CheckedServer {
  checkKnownKeys(given, { strategy: true, endpoint: true, token: true, reconnect: true })
  checkString('server.token', given.token)
  checkOptions('server.reconnect', given.reconnect)
  return { ...given, ...readEndpoint(given.endpoint) }
}
