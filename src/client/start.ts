import { locateCodex } from '../process/index.js'
import { type StdioOptions, type StdioTransport, stdio } from '../transports/stdio.js'
import { InvalidInputError } from '../util/errors.js'
import { checkOptions, checkString } from '../util/validate.js'

/** How `Codex.start` starts the app-server. */
export interface LaunchOptions
  extends Omit<StdioOptions, 'command' | 'args' | 'onStdinError' | 'windowsHide'> {
  /**
   * The Codex executable. @default the one named by `CODEX_CONDUIT_BINARY`, else that of the installed
   * `@openai/codex` package, else `codex` in the `PATH`
   */
  readonly binary?: string | undefined
  /** Arguments that follow `codex app-server`, for example `['-c', 'model="gpt-5.5"']`. @default none */
  readonly args?: readonly string[] | undefined
  /** Folder for Codex's configuration, credentials and threads: `CODEX_HOME`. @default Codex's own default */
  readonly codexHome?: string | undefined
}

/**
 * Prepares a `codex app-server` process; it is spawned when the transport starts. Throws `CodexNotFoundError`
 * when there is no Codex, and `InvalidInputError` for a wrong option.
 */
export function appServerProcess(options: LaunchOptions): StdioTransport {
  checkOptions('options', options)
  const { binary, args = [], codexHome, cwd, env } = options
  checkString('binary', binary)
  checkString('codexHome', codexHome)
  if (!Array.isArray(args)) throw new InvalidInputError('args', args, 'a list of strings')
  const location = locateCodex({
    ...(binary === undefined ? {} : { binary }),
    ...(cwd === undefined ? {} : { cwd }),
  })
  return stdio({
    cwd,
    env: codexHome === undefined ? env : { ...env, CODEX_HOME: codexHome },
    inheritEnv: options.inheritEnv,
    stderrTailBytes: options.stderrTailBytes,
    onStderr: options.onStderr,
    maxLineBytes: options.maxLineBytes,
    maxNoiseLines: options.maxNoiseLines,
    termination: options.termination,
    command: location.path,
    args: ['app-server', ...args],
  })
}
