import { checkTermination, type TerminateOptions } from '../../process/index.js'
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
import { DEFAULT_READY_TIMEOUT_MS, type LaunchAppServerOptions } from './options.js'

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
