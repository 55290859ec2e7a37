import { DEFAULT_TERMINATION, type TerminateOptions } from '../../process/index.js'
import { InvalidInputError } from '../../util/errors.js'
import {
  checkFunction,
  checkInteger,
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

/** Throws `InvalidInputError` naming the option that is wrong. */
export function checkLaunchOptions(options: LaunchAppServerOptions): LaunchSettings {
  checkOptions('options', options)
  if (options === undefined) throw new InvalidInputError('options', options, 'an object')
  const { auth, args, termination } = options
  const listen = readListen(options.listen)
  checkString('binary', options.binary)
  checkString('cwd', options.cwd)
  checkString('codexHome', options.codexHome)
  checkOptions('env', options.env)
  checkFunction('onStderr', options.onStderr)
  checkSignal('signal', options.signal)
  if (args !== undefined && !Array.isArray(args))
    throw new InvalidInputError('args', args, 'a list of strings')
  checkOptions('auth', auth)
  if (auth !== undefined) {
    checkToken('auth.token', auth.token ?? '')
    if (listen.socketPath !== undefined) {
      throw new InvalidInputError('auth', auth, 'nothing: Codex asks for no token on a unix socket')
    }
  }
  checkOptions('termination', termination)
  for (const name of Object.keys(DEFAULT_TERMINATION) as (keyof typeof DEFAULT_TERMINATION)[]) {
    checkInteger(`termination.${name}`, termination?.[name], 0, 0, 2 ** 31 - 1)
  }
  return {
    listen,
    readyTimeoutMs: checkTimeoutMs('readyTimeoutMs', options.readyTimeoutMs, DEFAULT_READY_TIMEOUT_MS),
    termination: { stdinGraceMs: 0, ...termination },
  }
}
