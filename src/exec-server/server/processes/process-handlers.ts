import pTimeout from 'p-timeout'
import { RpcError } from '../../../rpc/errors.js'
import { decodeBase64, type ExecParams, type ExecResult, uriToPath } from '../../protocol/index.js'
import type { Connection } from '../connection-state.js'
import { Confinement } from '../files/confine.js'
import type { Handlers } from '../handlers.js'
import { asksForSandbox, wrapStart } from '../sandbox.js'
import type { ServerSettings } from '../settings.js'
import { fileError } from '../system-error.js'
import type { Command, Launch } from './child.js'
import { applyEnvironmentPolicy } from './environment-policy.js'
import type { ManagedProcess } from './managed-process.js'
import { startPipeProcess } from './pipe-process.js'
import { ptyLauncher } from './pty-process.js'

type StartParams = ExecParams<'process/start'>
type ProcessMethod = Extract<keyof Handlers, `process/${string}`>

/** Starts, reads, writes to and ends processes. */
export function processHandlers(settings: ServerSettings): Pick<Handlers, ProcessMethod> {
  const confinement = new Confinement(settings.roots)
  const startInTerminal = ptyLauncher(settings.loadPty)
  return {
    'process/start': async (params, connection) => {
      if (params.argv.length === 0) throw RpcError.invalidParams('argv must not be empty')
      const cwd = uriToPath(params.cwd, connection.acceptsNativePaths)
      const table = connection.session.processes
      const process = table.reserve(params.processId)
      try {
        await checkFolder(confinement, cwd)
        const { command, sandboxType } = await prepare(settings, params, cwd)
        const launch: Launch = params.tty ? startInTerminal : startPipeProcess
        process.started(await launch(command, process))
        return { processId: params.processId, sandboxType }
      } catch (error) {
        table.release(params.processId)
        throw error
      }
    },
    'process/read': ({ processId, afterSeq, maxBytes, waitMs }, { session, answers }, signal) => {
      const process = session.processes.get(processId)
      if (!process) throw unknownProcess(processId)
      const request = { afterSeq: afterSeq ?? 0, maxBytes: maxBytes ?? undefined, waitMs: waitMs ?? 0 }
      return process.read(request, signal, answers)
    },
    'process/write': async (params, connection) => {
      const bytes = checkWrite(params, connection)
      const { processes, input } = connection.session
      const process = processes.get(params.processId)
      if (!process) return writeAnswer('unknownProcess', params.processId, connection)
      const { writeId } = params
      const status = admitWrite(process, writeId)
      if (status === 'accepted' && writeId !== undefined) {
        // Answered at once, a client that resumes would send its next write while this one still waits.
        await whileConnected(process.writes.taken(writeId), connection)
      }
      if (status !== 'write') return writeAnswer(status, params.processId, connection)
      await input.write(process, bytes.length, () => {
        const taken = process.write(bytes)
        // Not before: what is refused can be sent again.
        if (writeId !== undefined) process.writes.add(writeId, taken)
        return taken
      })
      return writeAnswer('accepted', params.processId, connection)
    },
    'process/signal': ({ processId }, { session }) => {
      session.processes.get(processId)?.interrupt()
      return {}
    },
    'process/terminate': ({ processId }, { session }) => ({
      running: session.processes.get(processId)?.terminate() ?? false,
    }),
  }
}

/** Waits for what nobody would be told of once the connection has ended: what was sent is then let go. */
async function whileConnected(taken: Promise<void>, { signal }: Connection): Promise<void> {
  try {
    await pTimeout(taken, { milliseconds: Infinity, signal })
  } catch {
    throw RpcError.invalidRequest('the connection has ended')
  }
}

async function checkFolder(confinement: Confinement, cwd: string): Promise<void> {
  try {
    await confinement.check(cwd)
  } catch (error) {
    const refusal = fileError(error)
    // A folder that is missing is the start's fault, not that of a file operation.
    throw refusal instanceof RpcError && refusal.rpcCode === -32004
      ? RpcError.internal(refusal.message)
      : refusal
  }
}

async function prepare(
  settings: ServerSettings,
  params: StartParams,
  cwd: string,
): Promise<{ readonly command: Command; readonly sandboxType: string }> {
  if (params.shellSnapshot !== undefined && params.shellSnapshot !== null) {
    throw RpcError.invalidRequest('this exec-server takes no shell snapshots')
  }
  const inherited = params.envPolicy ? applyEnvironmentPolicy(params.envPolicy, settings.env) : {}
  const env = { ...inherited, ...params.env }
  const fixed = { cwd, env, pipeStdin: params.pipeStdin ?? false }
  if (!asksForSandbox(params)) {
    const command = { ...fixed, argv: checkTexts(params.argv, env), arg0: params.arg0 ?? undefined }
    return { command, sandboxType: 'none' }
  }
  const { sandbox, enforceManagedNetwork = false, managedNetwork, networkProxy, argv, tty } = params
  const { argv: wrapped, sandboxType } = await wrapStart(settings.sandbox, {
    ...{ sandbox, enforceManagedNetwork, managedNetwork, networkProxy, argv, cwd, env, tty },
  })
  // The name would be the wrapper's, not the program's.
  return { command: { ...fixed, argv: checkTexts(wrapped, env), arg0: undefined }, sandboxType }
}

function checkTexts(argv: readonly string[], env: Readonly<Record<string, string>>): Command['argv'] {
  const texts = [...argv, ...Object.entries(env).flat()]
  if (texts.some((text) => text.includes('\0'))) throw RpcError.internal('nul byte found in provided data')
  return argv as Command['argv']
}

function checkWrite({ chunk, writeId }: ExecParams<'process/write'>, { isV0 }: Connection): Buffer {
  if (writeId === undefined && !isV0) throw RpcError.invalidParams('missing field `writeId`')
  if (writeId === '') throw RpcError.invalidParams('writeId must not be empty')
  const bytes = decodeBase64(chunk)
  if (!bytes) throw RpcError.invalidParams('invalid base64 (field `chunk`)')
  return bytes
}

type WriteStatus = NonNullable<ExecResult<'process/write'>['status']>

function admitWrite(process: ManagedProcess, writeId: string | undefined): WriteStatus | 'write' {
  if (!process.isStarted) return 'starting'
  if (!process.acceptsInput) return 'stdinClosed'
  return writeId !== undefined && process.writes.has(writeId) ? 'accepted' : 'write'
}

/** v0 clients know `accepted`, and errors for everything else. */
function writeAnswer(
  status: WriteStatus,
  processId: string,
  { isV0 }: Connection,
): ExecResult<'process/write'> {
  if (!isV0) return { status }
  if (status === 'accepted') return { accepted: true, status }
  throw status === 'unknownProcess'
    ? unknownProcess(processId)
    : RpcError.invalidRequest(`stdin is closed for process ${processId}`)
}

function unknownProcess(processId: string): RpcError {
  return RpcError.invalidRequest(`unknown process id ${processId}`)
}
