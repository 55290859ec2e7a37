import { resolve } from 'node:path'
import { codexBinary, DEFAULT_TAIL_BYTES } from '../process/index.js'
import { type StdioOptions, type StdioTransport, stdio } from '../transports/stdio.js'
import { checkArguments, checkOptions, checkString } from '../util/validate.js'

export type { StdioTransport } from '../transports/stdio.js'

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

/** The names of all {@link LaunchOptions}. */
export const LAUNCH_OPTION_NAMES: { readonly [Name in keyof Required<LaunchOptions>]: true } = {
  binary: true,
  args: true,
  codexHome: true,
  cwd: true,
  env: true,
  inheritEnv: true,
  stderrTailBytes: true,
  onStderr: true,
  maxLineBytes: true,
  maxNoiseLines: true,
  termination: true,
}

/** How the process of a client ended. */
export interface AppServerExit {
  /** Exit code; `null` when a signal ended it or it could not be started. */
  readonly code: number | null
  readonly signal: string | null
  /** The last part of what it wrote to its error stream, secrets removed. */
  readonly stderrTail: string
  /** Bytes it wrote to its error stream in all. */
  readonly stderrBytes: number
  /** Whether the tail is less than all of it. */
  readonly stderrTruncated: boolean
}

/**
 * Prepares a `codex app-server` process; it is spawned when the transport starts. Throws `CodexNotFoundError`
 * when there is no Codex, and `InvalidInputError` for a wrong option.
 */
export function appServerProcess(options: LaunchOptions): StdioTransport {
  checkOptions('options', options)
  const { binary, args } = options
  checkString('binary', binary)
  checkArguments('args', args)
  const path = codexBinary(binary, options)
  return programProcess(path, ['app-server', ...(args ?? [])], options)
}

/** Prepares any program that speaks the app-server's protocol. Throws `InvalidInputError` for a wrong option. */
export function programProcess(
  command: string,
  args: readonly string[],
  options: Omit<LaunchOptions, 'binary' | 'args'>,
): StdioTransport {
  const { codexHome, env } = options
  checkString('codexHome', codexHome)
  checkOptions('env', env)
  checkArguments('args', args)
  return stdio({
    cwd: options.cwd,
    // Absolute, since a relative one would start at the child's own folder.
    env: codexHome === undefined ? env : { ...env, CODEX_HOME: resolve(codexHome) },
    inheritEnv: options.inheritEnv,
    stderrTailBytes: options.stderrTailBytes,
    onStderr: options.onStderr,
    maxLineBytes: options.maxLineBytes,
    maxNoiseLines: options.maxNoiseLines,
    termination: options.termination,
    command,
    args,
  })
}

/** How a process ended, once its transport is closed. */
export async function exitOf(
  transport: StdioTransport,
  tailBytes = DEFAULT_TAIL_BYTES,
): Promise<AppServerExit> {
  const { code, signal } = await transport.exited
  const { stderrBytes } = transport
  return {
    code,
    signal,
    stderrTail: transport.stderrTail(),
    stderrBytes,
    stderrTruncated: stderrBytes > tailBytes,
  }
}
