import {
  checkTermination,
  type EnvironmentPolicy,
  type SpawnOptions,
  type TerminateOptions,
} from '../../process/index.js'
import { InvalidInputError } from '../../util/errors.js'
import {
  checkArguments,
  checkFunction,
  checkKnownKeys,
  checkOptions,
  checkSignal,
  checkString,
  checkTimeoutMs,
} from '../../util/validate.js'
import { checkToken } from '../websocket/headers.js'
import { type ListenAddress, readListen } from './listen.js'

/** How long an app-server may take to be ready by default: 15,000 ms. */
export const DEFAULT_READY_TIMEOUT_MS = 15_000

/** Options of `launchAppServer`. */
export interface LaunchAppServerOptions
  extends EnvironmentPolicy,
    Pick<SpawnOptions, 'cwd' | 'onStderr' | 'stderrTailBytes'> {
  /**
   * Where it listens: `ws://IP:PORT`, with port 0 for a free one, or `unix:///path`, a socket that only this user
   * can open. Without `auth` Codex refuses an IP other than loopback.
   */
  readonly listen: string
  /**
   * The Codex executable. @default the one named by `CODEX_CONDUIT_BINARY`, else that of the installed
   * `@openai/codex` package, else `codex` in the `PATH`
   */
  readonly binary?: string | undefined
  /** Further arguments of `codex app-server`, for example `['-c', 'model="gpt-5.5"']`. @default none */
  readonly args?: readonly string[] | undefined
  /** Folder for Codex's configuration, credentials and threads: `CODEX_HOME`. @default Codex's own default */
  readonly codexHome?: string | undefined
  /**
   * A token that clients must give; for `ws://` only, since Codex does not ask for it on a unix socket. It
   * reaches the app-server in a private temporary file, which is removed when the app-server ends. @default none
   */
  readonly auth?: { readonly token: string } | undefined
  /** How long it may take to be ready, in milliseconds; `Infinity` for no limit. @default DEFAULT_READY_TIMEOUT_MS */
  readonly readyTimeoutMs?: number | undefined
  /**
   * How `close()` ends it. It reads no input, so that SIGTERM is the first step; it then waits for running turns
   * to finish, until SIGKILL. @default `stdinGraceMs` 0, and the defaults of any child
   */
  readonly termination?: Omit<TerminateOptions, 'force'> | undefined
  /** Gives the launch up; the app-server is ended then. Without effect afterwards. */
  readonly signal?: AbortSignal | undefined
}

/** {@link LaunchAppServerOptions}, checked. */
export interface LaunchSettings {
  readonly listen: ListenAddress
  readonly readyTimeoutMs: number
  readonly termination: TerminateOptions
}

const KNOWN: Readonly<Record<keyof LaunchAppServerOptions, true>> = {
  listen: true,
  binary: true,
  args: true,
  codexHome: true,
  auth: true,
  readyTimeoutMs: true,
  termination: true,
  signal: true,
  cwd: true,
  onStderr: true,
  stderrTailBytes: true,
  env: true,
  inheritEnv: true,
}

/** Throws `InvalidInputError` naming the option that is wrong. */
export function checkLaunchOptions(options: LaunchAppServerOptions): LaunchSettings {
  checkOptions('options', options)
  if (options === undefined) throw new InvalidInputError('options', options, 'an object')
  checkKnownKeys(options, KNOWN)
  const { auth, termination } = options
  const listen = readListen(options.listen)
  checkString('binary', options.binary)
  checkString('cwd', options.cwd)
  checkString('codexHome', options.codexHome)
  checkOptions('env', options.env)
  checkFunction('onStderr', options.onStderr)
  checkSignal('signal', options.signal)
  checkArguments('args', options.args)
  checkOptions('auth', auth)
  if (auth !== undefined) {
    checkKnownKeys(auth, { token: true })
    checkToken('auth.token', auth.token ?? '')
    if (listen.socketPath !== undefined) {
      throw new InvalidInputError('auth', auth, 'nothing: Codex asks for no token on a unix socket')
    }
  }
  checkTermination(termination)
  return {
    listen,
    readyTimeoutMs: checkTimeoutMs('readyTimeoutMs', options.readyTimeoutMs, DEFAULT_READY_TIMEOUT_MS),
    termination: { stdinGraceMs: 0, ...termination },
  }
}
