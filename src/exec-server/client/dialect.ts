import { RPC_ERROR_NUMBERS, RpcError } from '../../rpc/errors.js'
import type { ExecMethod, ExecParams, ExecResult } from '../protocol/index.js'
import { ExecUnsupportedError, ProcessInputError } from './errors.js'
import type { ExecServerVersion } from './handshake.js'

/** The requests that v0 knows. */
const V0_METHODS: ReadonlySet<string> = new Set<ExecMethod>([
  'initialize',
  'process/start',
  'process/read',
  'process/write',
  'process/terminate',
])

/** The parameters of a start that v0 knows. */
const V0_START: ReadonlySet<string> = new Set<keyof ExecParams<'process/start'>>([
  'processId',
  'argv',
  'cwd',
  'env',
  'tty',
  'arg0',
])

/** Throws an {@link ExecUnsupportedError} when the version does not have the method. */
export function checkMethod(version: ExecServerVersion, method: string): void {
  if (version === 'v0' && !V0_METHODS.has(method)) throw new ExecUnsupportedError(method)
}

/** A start as the version takes it. Nothing that was asked for is left out: v0 refuses what it does not know. */
export function startFor(
  version: ExecServerVersion,
  params: ExecParams<'process/start'>,
): ExecParams<'process/start'> {
  if (version === 'current') return params
  for (const [name, value] of Object.entries(params)) {
    const isAsked = value !== undefined && value !== null && value !== false
    if (isAsked && !V0_START.has(name)) throw new ExecUnsupportedError(`\`${name}\` of process/start`)
  }
  const { processId, argv, cwd, env, tty, arg0 = null } = params
  return { processId, argv, cwd, env, tty, arg0 }
}

/** A write as the version takes it. */
export function writeFor(
  version: ExecServerVersion,
  params: ExecParams<'process/write'>,
): ExecParams<'process/write'> {
  if (version === 'current') return params
  const { processId, chunk } = params
  return { processId, chunk }
}

/** Throws a {@link ProcessInputError} unless the write was taken: v0 says `accepted`, current servers a status. */
export function checkWritten({ accepted, status }: ExecResult<'process/write'>): void {
  if (status === undefined ? accepted === true : status === 'accepted') return
  throw new ProcessInputError(status === undefined || status === 'accepted' ? 'stdinClosed' : status)
}

/** The refusal of a write: v0 answers an error where current servers answer a status. */
export function explainWriteError(version: ExecServerVersion, error: unknown): unknown {
  const isRefusal = error instanceof RpcError && error.rpcCode === RPC_ERROR_NUMBERS.invalidRequest
  if (version === 'current' || !isRefusal) return error
  const status = error.message.includes('unknown process') ? 'unknownProcess' : 'stdinClosed'
  return new ProcessInputError(status, { cause: error })
}
