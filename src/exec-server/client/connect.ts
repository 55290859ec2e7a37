import { codexBinary } from '../../process/index.js'
import { type StdioOptions, stdio } from '../../transports/stdio.js'
import { type WebSocketOptions, webSocket } from '../../transports/websocket.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOneOf, checkOptions, checkString } from '../../util/validate.js'
import { ExecServerClient } from './client.js'
import { conduitProgram } from './conduit-program.js'
import { type ExecClientOptions, splitOptions } from './options.js'

/** Options of {@link connectStdio}: what is run, and how it is spoken with. */
export interface ConnectStdioOptions extends StdioOptions, Omit<ExecClientOptions, 'resume'> {}

/** Options of {@link connectWebSocket}. */
export interface ConnectWebSocketOptions extends WebSocketOptions, ExecClientOptions {
  /** Where the server listens, for example `ws://127.0.0.1:4500`. */
  readonly url: string | URL
}

/** Options of {@link spawnLocalExecServer}. */
export interface SpawnLocalExecServerOptions
  extends Omit<ConnectStdioOptions, 'command' | 'args' | 'clientName'> {
  /** Which program: `codex exec-server`, or the `codex-conduit-exec-server` of this package. @default 'codex' */
  readonly server?: 'codex' | 'conduit' | undefined
  /** The Codex binary. @default found as `locateCodex` does, in the environment that it will have */
  readonly binary?: string | undefined
  /** @default 'codex-conduit' */
  readonly clientName?: string | undefined
}

/**
 * Starts a program that speaks the protocol over its standard streams, and connects to it. It ends with the client.
 * Rejects as `ExecServerClient.connect` does, and with a `SpawnError` when it cannot be started.
 */
export async function connectStdio(options: ConnectStdioOptions): Promise<ExecServerClient> {
  const { client, others } = splitOptions(options)
  return ExecServerClient.connect(stdio(others), client)
}

/**
 * Connects to a server that listens. A lost connection is made again, with the same options, and its session resumed.
 * Rejects as `ExecServerClient.connect` does, with a `WebSocketRefusedError` when the server answers with an HTTP
 * status such as 401, and with a `WebSocketConnectError` when it cannot be reached within `connectTimeoutMs`.
 */
export async function connectWebSocket(options: ConnectWebSocketOptions): Promise<ExecServerClient> {
  const { client, others } = splitOptions(options)
  const { url, ...socket } = others
  if (url === undefined) throw new InvalidInputError('url', url, 'a ws: or wss: URL')
  return ExecServerClient.connect(() => webSocket(url, socket), client)
}

/**
 * Starts an exec-server on this machine and connects to it over its standard streams. It ends with the client, and so
 * do its processes. Rejects as {@link connectStdio} does, and with a `CodexNotFoundError`.
 */
export async function spawnLocalExecServer(
  options: SpawnLocalExecServerOptions = {},
): Promise<ExecServerClient> {
  checkOptions('options', options)
  const { server = 'codex', binary, clientName = 'codex-conduit', ...others } = options
  checkOneOf('server', server, ['codex', 'conduit'])
  checkString('binary', binary)
  checkKnownKeys(others, KNOWN)
  if (server === 'conduit' && binary !== undefined) {
    throw new InvalidInputError('binary', binary, "`server: 'codex'` to use it for")
  }
  const program =
    server === 'codex'
      ? { command: codexBinary(binary, others), args: ['exec-server', '--listen', 'stdio'] }
      : { command: process.execPath, args: [conduitProgram(), '--listen', 'stdio://'] }
  return connectStdio({ ...others, clientName, ...program })
}

const KNOWN: Readonly<
  Record<keyof Omit<SpawnLocalExecServerOptions, 'server' | 'binary' | 'clientName'>, true>
> = {
  initializeTimeoutMs: true,
  requestTimeoutMs: true,
  resumeSessionId: true,
  signal: true,
  onNetworkPolicyRequest: true,
  onError: true,
  cwd: true,
  env: true,
  inheritEnv: true,
  stderrTailBytes: true,
  onStderr: true,
  onStdinError: true,
  windowsHide: true,
  termination: true,
  maxLineBytes: true,
  maxNoiseLines: true,
}
