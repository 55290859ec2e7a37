import { randomUUID } from 'node:crypto'
import { InvalidInputError } from '../../util/errors.js'
import { checkInteger, checkKnownKeys, checkOneOf, checkOptions, checkString } from '../../util/validate.js'
import type { ExecParams } from '../protocol/index.js'
import type { WhenTruncated } from './byte-stream.js'
import { startFor } from './dialect.js'
import type { ServerGreeting } from './handshake.js'
import { toPlace } from './places.js'
import type { OutputKeeping } from './process-state.js'

/** Output that is kept of each stream for a reader that lags, by default: 8 MiB. */
export const DEFAULT_MAX_BUFFERED_BYTES = 8 * 1024 * 1024

type StartParams = ExecParams<'process/start'>

/** How the environment of a process is made from the server's; `env` is laid over the outcome. */
export interface ExecEnvironmentPolicy {
  /** What is taken over: the few variables that programs need, all, or none. @default 'core' */
  readonly inherit?: 'core' | 'all' | 'none' | undefined
  /** Whether variables that look like secrets stay. @default false */
  readonly ignoreDefaultExcludes?: boolean | undefined
  /** Patterns of names that are taken away. @default [] */
  readonly exclude?: readonly string[] | undefined
  /** Variables that are set. @default {} */
  readonly set?: Readonly<Record<string, string>> | undefined
  /** Patterns of names that alone may stay. @default all */
  readonly includeOnly?: readonly string[] | undefined
}

/** Options of a started or attached process that concern this side only. */
export interface OutputOptions {
  /**
   * Bytes kept of each stream until they are read, with 128 more for each chunk; then the oldest are dropped, and
   * the process does not wait. @default DEFAULT_MAX_BUFFERED_BYTES
   */
  readonly maxBufferedBytes?: number | undefined
  /**
   * What a reader meets where bytes were dropped: an `OutputTruncatedError`, or nothing, in which case only
   * `droppedBytes` of the stream tells. @default 'fail'
   */
  readonly whenTruncated?: WhenTruncated | undefined
}

/** A process to be started. */
export interface ExecOptions extends OutputOptions {
  /** The program and its arguments; no shell reads them. */
  readonly argv: readonly string[]
  /** Its working folder on the server's machine: an absolute path or a `file:` URI. @default the server's own */
  readonly cwd?: string | undefined
  /** Its environment: exactly this, unless `envPolicy` inherits more. Without `PATH`, name programs by path. @default {} */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Lets it inherit from the server's environment. Current servers only. @default nothing is inherited */
  readonly envPolicy?: ExecEnvironmentPolicy | undefined
  /** Whether it gets a terminal, of 24 lines and 80 columns. @default false */
  readonly tty?: boolean | undefined
  /** Whether it can be written to without a terminal. Current servers only. @default false */
  readonly pipeStdin?: boolean | undefined
  /** What it sees as its own name. @default `argv[0]` */
  readonly arg0?: string | undefined
  /** What it may touch, in the words of the server. Current servers only. @default everything */
  readonly sandbox?: StartParams['sandbox']
  /** Which thread and tool call it belongs to, for the server's records. Current servers only. @default none */
  readonly metadata?: StartParams['metadata']
  /** Its name in the session, for example to attach to it later. @default a random UUID */
  readonly processId?: string | undefined
  /** Gives the start up: it then rejects with an `AbortedError`, and what was started is killed. */
  readonly signal?: AbortSignal | undefined
  /** How long the server may take to start it, in milliseconds. @default the client's `requestTimeoutMs` */
  readonly timeoutMs?: number | undefined
}

const KNOWN: Readonly<Record<keyof ExecOptions, true>> = {
  argv: true,
  cwd: true,
  env: true,
  envPolicy: true,
  tty: true,
  pipeStdin: true,
  arg0: true,
  sandbox: true,
  metadata: true,
  processId: true,
  signal: true,
  timeoutMs: true,
  maxBufferedBytes: true,
  whenTruncated: true,
}

const KNOWN_OF_POLICY: Readonly<Record<keyof ExecEnvironmentPolicy, true>> = {
  inherit: true,
  ignoreDefaultExcludes: true,
  exclude: true,
  set: true,
  includeOnly: true,
}

/** The parameters of a start. Throws `InvalidInputError` naming the option, or `ExecUnsupportedError`. */
export function readExecOptions(options: ExecOptions, greeting: ServerGreeting): StartParams {
  checkOptions('options', options)
  if (options === undefined) throw new InvalidInputError('options', options, 'an object')
  checkKnownKeys(options, KNOWN)
  const { argv, env = {}, envPolicy, tty, pipeStdin, arg0, sandbox, metadata, processId } = options
  checkTexts('argv', argv)
  if (argv.length === 0 || argv[0] === '') throw new InvalidInputError('argv', argv, 'a program first')
  checkVariables('env', env)
  checkBoolean('tty', tty)
  checkBoolean('pipeStdin', pipeStdin)
  checkString('arg0', arg0)
  checkString('processId', processId)
  checkOptions('sandbox', sandbox ?? undefined)
  checkOptions('metadata', metadata ?? undefined)
  return startFor(greeting.version, {
    processId: processId ?? randomUUID(),
    argv: [...argv],
    cwd: cwdFor(options.cwd, greeting),
    env: { ...env },
    tty: tty ?? false,
    pipeStdin: pipeStdin ?? false,
    ...(arg0 === undefined ? {} : { arg0 }),
    ...(envPolicy === undefined ? {} : { envPolicy: readPolicy(envPolicy) }),
    ...(sandbox ? { sandbox } : {}),
    ...(metadata ? { metadata } : {}),
  })
}

/** How output is kept. Throws `InvalidInputError`. */
export function readOutputOptions(options: OutputOptions): OutputKeeping {
  const { maxBufferedBytes, whenTruncated } = options
  checkOneOf('whenTruncated', whenTruncated, ['fail', 'skip'])
  return {
    maxBufferedBytes: checkInteger('maxBufferedBytes', maxBufferedBytes, DEFAULT_MAX_BUFFERED_BYTES, 1),
    whenTruncated: whenTruncated ?? 'fail',
  }
}

function cwdFor(cwd: string | undefined, { version, environmentInfo }: ServerGreeting): string {
  const place = cwd ?? environmentInfo?.cwd ?? undefined
  if (place === undefined) {
    throw new InvalidInputError('cwd', cwd, 'a folder: this server does not tell its own')
  }
  return toPlace('cwd', place, version)
}

function readPolicy(policy: ExecEnvironmentPolicy): NonNullable<StartParams['envPolicy']> {
  checkOptions('envPolicy', policy)
  checkKnownKeys(policy, KNOWN_OF_POLICY)
  const { inherit = 'core', ignoreDefaultExcludes = false, exclude = [], set = {}, includeOnly = [] } = policy
  checkOneOf('envPolicy.inherit', inherit, ['core', 'all', 'none'])
  checkBoolean('envPolicy.ignoreDefaultExcludes', ignoreDefaultExcludes)
  checkTexts('envPolicy.exclude', exclude)
  checkTexts('envPolicy.includeOnly', includeOnly)
  checkVariables('envPolicy.set', set)
  return {
    inherit,
    ignoreDefaultExcludes,
    exclude: [...exclude],
    set: { ...set },
    includeOnly: [...includeOnly],
  }
}

function checkTexts(option: string, values: unknown): asserts values is readonly string[] {
  if (!Array.isArray(values)) throw new InvalidInputError(option, values, 'a list of strings')
  for (const [index, value] of values.entries()) checkText(`${option}[${index}]`, value)
}

function checkVariables(option: string, values: unknown): void {
  checkOptions(option, values)
  for (const [name, value] of Object.entries(values as object)) checkText(`${option}.${name}`, value)
}

function checkText(option: string, value: unknown): void {
  if (typeof value === 'string' && !value.includes('\0')) return
  throw new InvalidInputError(option, value, 'a string without NUL bytes')
}

/** Checks that a value is a boolean or absent. */
export function checkBoolean(option: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return
  throw new InvalidInputError(option, value, 'a boolean')
}
