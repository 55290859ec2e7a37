import { isAbsolute } from 'node:path'
import type { Env } from '../../process/environment.js'
import { InvalidInputError } from '../../util/errors.js'
import { LONGEST_TIMER_MS } from '../../util/longest-timer.js'
import {
  checkFunction,
  checkInteger,
  checkKnownKeys,
  checkOptions,
  checkTimeoutMs,
} from '../../util/validate.js'
import { checkHttpOptions, type HttpPolicy, type HttpRequestOptions } from './http/policy.js'
import { loadPtyModule, type PtyModule } from './processes/pty-module.js'
import { DEFAULT_SANDBOX_TIMEOUT_MS, type SandboxHook } from './sandbox.js'
import type { RegistryLimits } from './session-registry.js'

/** Most processes of a session that may not have closed at the same time, by default: 256. */
export const DEFAULT_MAX_PROCESSES = 256
/** Output that is kept of each process by default: 1 MiB. */
export const DEFAULT_RETAINED_OUTPUT_BYTES = 1024 * 1024
/** Chunks of output that are kept of each process by default: 50,000. */
export const DEFAULT_RETAINED_OUTPUT_CHUNKS = 50_000
/** Output that is kept of all processes together by default: 256 MiB. */
export const DEFAULT_MAX_RETAINED_BYTES = 256 * 1024 * 1024
/** How long a session without a connection can be resumed by default: 80,000 ms. */
export const DEFAULT_DETACHED_SESSION_MS = 80_000
/** How long a process can be read after it has closed, by default: 80,000 ms. */
export const DEFAULT_CLOSED_RETENTION_MS = 80_000
/** Sessions without a connection that are kept by default: 64. */
export const DEFAULT_MAX_DETACHED_SESSIONS = 64
/** Requests of a connection that may wait for their answers by default: 4096. */
export const DEFAULT_MAX_PENDING_REQUESTS = 4_096
/** Bytes of a connection's requests that may wait for their answers by default: 256 MiB. */
export const DEFAULT_MAX_PENDING_REQUEST_BYTES = 256 * 1024 * 1024
/** Bytes of input of a session that may wait for its processes by default: 64 MiB. */
export const DEFAULT_MAX_QUEUED_INPUT_BYTES = 64 * 1024 * 1024
/** Longest file that `fs/readFile` reads by default: 64 MiB. */
export const DEFAULT_MAX_READ_FILE_BYTES = 64 * 1024 * 1024
/** How long `close()` waits by default for processes that were killed: 2,000 ms. */
export const DEFAULT_SERVER_CLOSE_TIMEOUT_MS = 2_000

/** Longest file whose base64 still is a string on every supported release of Node, with room for its message. */
const LONGEST_READ_FILE_BYTES = 256 * 1024 * 1024

/** Options of an `ExecServer`. */
export interface ExecServerOptions {
  /**
   * Folders, absolute, that file operations and the working folders of processes must lie in, all links
   * resolved. Processes themselves are not confined. @default everything this process may touch
   */
  readonly roots?: readonly string[] | undefined
  /** Enforces the sandboxes that clients ask for. @default sandboxed requests are refused */
  readonly sandbox?: SandboxHook | undefined
  /** Whether, and how, clients may send HTTP requests from this machine. @default false */
  readonly http?: boolean | HttpRequestOptions | undefined
  /** Environment that processes may inherit from, and that tells the shell. @default `process.env` */
  readonly env?: Env | undefined
  /**
   * Loads a package with the interface of `node-pty`. When it rejects, so do starts with `tty`.
   * @default loads `@lydell/node-pty`
   */
  readonly loadPty?: (() => Promise<PtyModule>) | undefined
  /** Most processes of a connection that may not have closed at the same time. @default DEFAULT_MAX_PROCESSES */
  readonly maxProcessesPerConnection?: number | undefined
  /** Bytes of output kept of each process, the oldest dropped. @default DEFAULT_RETAINED_OUTPUT_BYTES */
  readonly retainedOutputBytes?: number | undefined
  /** Chunks of output kept of each process, the oldest dropped. @default DEFAULT_RETAINED_OUTPUT_CHUNKS */
  readonly retainedOutputChunks?: number | undefined
  /**
   * Bytes of output kept of all processes of all sessions together, with what it takes to keep them; the oldest is
   * dropped, whosever it is.
   * @default DEFAULT_MAX_RETAINED_BYTES
   */
  readonly maxRetainedBytes?: number | undefined
  /**
   * How long the processes of a client that went run on and wait for it to resume, in milliseconds. Those of a
   * client whose `initialize` has no `resumeSessionId`, not even `null`, are killed at once.
   * @default DEFAULT_DETACHED_SESSION_MS
   */
  readonly detachedSessionMs?: number | undefined
  /** Most sessions that wait to be resumed; the oldest is ended for one more. @default DEFAULT_MAX_DETACHED_SESSIONS */
  readonly maxDetachedSessions?: number | undefined
  /**
   * How long a closed process can be read, its id not reused, in milliseconds; of more than 1,000 of a session the
   * oldest is forgotten sooner.
   * @default DEFAULT_CLOSED_RETENTION_MS
   */
  readonly closedRetentionMs?: number | undefined
  /** Requests of a connection that may wait; more are refused. @default DEFAULT_MAX_PENDING_REQUESTS */
  readonly maxPendingRequests?: number | undefined
  /**
   * Bytes of a connection's requests that may wait for their answers; more are refused. A single one may be longer.
   * @default DEFAULT_MAX_PENDING_REQUEST_BYTES
   */
  readonly maxPendingRequestBytes?: number | undefined
  /**
   * Bytes of input that may wait until the processes of a session read it; a write of more is refused, and can be
   * sent again later. A single one may be longer.
   * @default DEFAULT_MAX_QUEUED_INPUT_BYTES
   */
  readonly maxQueuedInputBytes?: number | undefined
  /** Longest file in bytes that `fs/readFile` reads, at most 256 MiB. @default DEFAULT_MAX_READ_FILE_BYTES */
  readonly maxReadFileBytes?: number | undefined
  /** How long `close()` waits for killed processes to go and files to close, in milliseconds. @default DEFAULT_SERVER_CLOSE_TIMEOUT_MS */
  readonly closeTimeoutMs?: number | undefined
  /** Receives what goes wrong without ending anything: silent by default; what it throws is dropped. */
  readonly onError?: ((error: Error) => void) | undefined
}

/** {@link ExecServerOptions}, checked and complete. */
export interface ServerSettings extends RegistryLimits {
  readonly roots: readonly string[] | undefined
  readonly sandbox: SandboxHook | undefined
  readonly http: HttpPolicy | undefined
  readonly env: Env
  readonly loadPty: () => Promise<PtyModule>
  readonly maxPendingRequests: number
  readonly maxPendingRequestBytes: number
  readonly maxReadFileBytes: number
  readonly closeTimeoutMs: number
  readonly onError: ((error: Error) => void) | undefined
}

const KNOWN: Readonly<Record<keyof ExecServerOptions, true>> = {
  roots: true,
  sandbox: true,
  http: true,
  env: true,
  loadPty: true,
  maxProcessesPerConnection: true,
  retainedOutputBytes: true,
  retainedOutputChunks: true,
  maxRetainedBytes: true,
  detachedSessionMs: true,
  maxDetachedSessions: true,
  closedRetentionMs: true,
  maxPendingRequests: true,
  maxPendingRequestBytes: true,
  maxQueuedInputBytes: true,
  maxReadFileBytes: true,
  closeTimeoutMs: true,
  onError: true,
}

/** Fills in the defaults. Throws `InvalidInputError` naming the option. */
export function checkServerOptions(options: ExecServerOptions): ServerSettings {
  checkOptions('options', options)
  checkKnownKeys(options, KNOWN)
  for (const name of ['onError', 'loadPty'] as const) checkFunction(name, options[name])
  checkOptions('sandbox', options.sandbox)
  checkFunction('sandbox.wrapCommand', options.sandbox?.wrapCommand)
  checkFunction('sandbox.allowsFile', options.sandbox?.allowsFile)
  checkTimeoutMs('sandbox.timeoutMs', options.sandbox?.timeoutMs, DEFAULT_SANDBOX_TIMEOUT_MS)
  checkOptions('env', options.env)
  const whole = (name: keyof ExecServerOptions, fallback: number, min: number, max?: number) =>
    checkInteger(name, options[name], fallback, min, max)
  const time = (name: keyof ExecServerOptions, fallback: number) => whole(name, fallback, 0, LONGEST_TIMER_MS)
  return {
    roots: checkRoots(options.roots),
    sandbox: options.sandbox,
    http: checkHttpOptions(options.http),
    env: options.env ?? process.env,
    loadPty: options.loadPty ?? loadPtyModule,
    maxProcesses: whole('maxProcessesPerConnection', DEFAULT_MAX_PROCESSES, 1),
    retainedOutputBytes: whole('retainedOutputBytes', DEFAULT_RETAINED_OUTPUT_BYTES, 0),
    retainedOutputChunks: whole('retainedOutputChunks', DEFAULT_RETAINED_OUTPUT_CHUNKS, 0),
    maxRetainedBytes: whole('maxRetainedBytes', DEFAULT_MAX_RETAINED_BYTES, 0),
    detachedSessionMs: time('detachedSessionMs', DEFAULT_DETACHED_SESSION_MS),
    maxDetachedSessions: whole('maxDetachedSessions', DEFAULT_MAX_DETACHED_SESSIONS, 0),
    closedRetentionMs: time('closedRetentionMs', DEFAULT_CLOSED_RETENTION_MS),
    maxPendingRequests: whole('maxPendingRequests', DEFAULT_MAX_PENDING_REQUESTS, 1),
    maxPendingRequestBytes: whole('maxPendingRequestBytes', DEFAULT_MAX_PENDING_REQUEST_BYTES, 0),
    maxQueuedInputBytes: whole('maxQueuedInputBytes', DEFAULT_MAX_QUEUED_INPUT_BYTES, 0),
    maxReadFileBytes: whole('maxReadFileBytes', DEFAULT_MAX_READ_FILE_BYTES, 1, LONGEST_READ_FILE_BYTES),
    closeTimeoutMs: checkTimeoutMs('closeTimeoutMs', options.closeTimeoutMs, DEFAULT_SERVER_CLOSE_TIMEOUT_MS),
    onError: options.onError,
  }
}

function checkRoots(roots: unknown): readonly string[] | undefined {
  if (roots === undefined) return undefined
  // Empty would confine to nothing, and is rather a mistake.
  if (!Array.isArray(roots) || roots.length === 0)
    throw new InvalidInputError('roots', roots, 'a list of folders')
  for (const [index, root] of roots.entries()) {
    if (typeof root !== 'string' || !isAbsolute(root)) {
      throw new InvalidInputError(`roots[${index}]`, root, 'an absolute path')
    }
  }
  return [...(roots as readonly string[])]
}
