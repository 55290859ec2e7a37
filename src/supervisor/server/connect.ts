import pTimeout from 'p-timeout'
import { Codex, type CodexOptions, type TransportFactory } from '../../client/index.js'
import { appServerProcess, programProcess } from '../../client/start.js'
import { NoiseLineError } from '../../rpc/errors.js'
import type { Transport } from '../../rpc/transport.js'
import { webSocket } from '../../transports/websocket.js'
import type { Log } from '../log.js'
import type { CheckedServer, ExternalServerOptions, SpawnServerOptions } from './options.js'
import type { ServerLink } from './server-loop.js'
import { NotedProcess, type ServerProcess } from './server-process.js'

/** Environment variables of a child; `undefined` removes one. */
export type ChildEnvironment = Readonly<Record<string, string | undefined>>

/** What a {@link Spawner} is to start. */
export interface SpawnRequest extends Omit<SpawnServerOptions, 'strategy'> {
  readonly env: ChildEnvironment | undefined
  /** Absolute. */
  readonly codexHome: string
  /** Takes each line of its error stream. */
  readonly onStderr: (line: string) => void
}

/** Prepares a server process, which is spawned by its `start()`. May throw. */
export type Spawner = (request: SpawnRequest) => ServerProcess

/** Makes a client over a transport, or over those that a factory makes; as `Codex.connect` does. */
export type ClientFactory = (transport: Transport | TransportFactory, options: CodexOptions) => Promise<Codex>

/** What the supervisor does unless it is given something else. */
export const spawnServer: Spawner = ({ command, ...options }) =>
  command === undefined
    ? appServerProcess(options)
    : programProcess(command, options.args ?? [], without(options))

/** {@link ClientFactory} unless another is given. */
export const connectClient: ClientFactory = (transport, options) => Codex.connect(transport, options)

/** How a server is reached. */
export interface ConnectPlan {
  readonly server: CheckedServer
  readonly env: ChildEnvironment | undefined
  readonly codexHome: string
  readonly client: CodexOptions
  readonly spawner: Spawner
  readonly connect: ClientFactory
  /** Writes down the number of a process that was started. */
  readonly note: (pid: number) => Promise<void>
  readonly log: Log
}

/** Starts a server, or connects to one, and shakes hands. Leaves nothing behind when it rejects. */
export async function connectServer(plan: ConnectPlan, signal: AbortSignal): Promise<ServerLink> {
  const { server, log } = plan
  log(
    'info',
    'server.starting',
    server.strategy === 'spawn' ? 'Codex is started' : `Connecting to ${server.label}`,
  )
  const link =
    server.strategy === 'spawn' ? await spawn(plan, server, signal) : await dial(plan, server, signal)
  link.client.on('diagnostic', (error) => {
    // Those of a process are logged as they come, which may be before there is a client.
    if (error instanceof NoiseLineError && server.strategy === 'spawn') return
    log('warn', 'server.diagnostic', error.message)
  })
  return link
}

async function spawn(
  plan: ConnectPlan,
  server: SpawnServerOptions,
  signal: AbortSignal,
): Promise<ServerLink> {
  const { env, codexHome, log, note } = plan
  const { strategy: _strategy, ...program } = withoutLabel(server)
  const child = plan.spawner({
    ...program,
    env,
    codexHome,
    onStderr: (line) => log('debug', 'server.stderr', line),
  })
  void child.exited.then(({ code, signal: by }) => {
    const how = by === null ? `exited with code ${code ?? 'unknown'}` : `was ended by ${by}`
    log('info', 'server.exited', `Codex ${how}`, { pid: child.pid, code, signal: by })
  })
  const transport = new NotedProcess(child, {
    note,
    onProblem: (error) => {
      if (error instanceof NoiseLineError) log('warn', 'server.stdout', error.message)
    },
  })
  try {
    const client = await connect(plan, transport, { ...plan.client, signal }, signal)
    return { client, endpoint: 'stdio', pid: child.pid }
  } catch (error) {
    // Whatever made the client, no process may outlive the attempt: the home is given back.
    await transport.close()
    throw error
  }
}

/** A factory that the program gave may never settle: whoever stops must not wait for it. */
async function connect(
  plan: ConnectPlan,
  transport: Transport | TransportFactory,
  options: CodexOptions,
  signal: AbortSignal,
): Promise<Codex> {
  const made = plan.connect(transport, options)
  try {
    return await pTimeout(made, { milliseconds: Number.POSITIVE_INFINITY, signal })
  } catch (error) {
    // One that comes after all belongs to nobody.
    made.then((late) => late.close()).catch(() => {})
    throw error
  }
}

async function dial(
  plan: ConnectPlan,
  { url, label, token, reconnect }: ExternalServerOptions & { readonly url: string; readonly label: string },
  signal: AbortSignal,
): Promise<ServerLink> {
  const makeTransport = () => webSocket(url, token === undefined ? {} : { token })
  const options = { ...plan.client, reconnect: reconnect ?? true, signal }
  const client = await connect(plan, makeTransport, options, signal)
  client.on('connection.lost', ({ message }) => plan.log('warn', 'server.connection-lost', message))
  client.on('connection.restored', ({ attempts, downMs }) => {
    plan.log('info', 'server.connection-restored', 'The connection is back', { attempts, downMs })
  })
  return { client, endpoint: label, pid: undefined }
}

function without({ binary: _binary, args: _args, ...options }: Omit<SpawnRequest, 'command'>) {
  return options
}

function withoutLabel(server: SpawnServerOptions): SpawnServerOptions {
  const { label: _label, ...rest } = server as SpawnServerOptions & { readonly label?: string }
  return rest
}
