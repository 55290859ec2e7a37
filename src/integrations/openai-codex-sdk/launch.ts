import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { Codex as Client } from '../../client/index.js'
import { appServerProcess, type LaunchOptions, programProcess } from '../../client/start.js'
import { readVariable } from '../../process/environment.js'
import { CodexNotFoundError, codexBinary, configOverrides } from '../../process/index.js'
import type { StdioTransport } from '../../transports/stdio.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkOptions, checkString, checkTimeoutMs } from '../../util/validate.js'
import { VERSION } from '../../util/version.js'
import { Notices } from './notices.js'
import { type CodexOptions, DEFAULT_IDLE_TIMEOUT_MS } from './options.js'
import { Server } from './server.js'
import { tapTransport } from './tap-transport.js'

/** Variable that says on whose behalf Codex works, and what the official package sets it to. */
const ORIGINATOR = { variable: 'CODEX_INTERNAL_ORIGINATOR_OVERRIDE', value: 'codex_sdk_ts' } as const

/**
 * Starts the app-server that the options describe and signs it in. Rejects as the client's `Codex.connect` does,
 * and with `InvalidInputError` for wrong options; nothing is left running then.
 */
export async function launchServer(options: CodexOptions, signal: AbortSignal): Promise<Server> {
  checkCodexOptions(options)
  const idleTimeoutMs = checkTimeoutMs('idleTimeoutMs', options.idleTimeoutMs, DEFAULT_IDLE_TIMEOUT_MS)
  const apiKey = options.apiKey || (options.env ?? process.env).CODEX_API_KEY || undefined
  const transport = serverProcess(options, serverArguments(options, apiKey !== undefined))
  const notices = new Notices()
  const client = await Client.connect(
    tapTransport(transport, (message) => notices.receive(message)),
    {
      clientInfo: { name: ORIGINATOR.value, title: 'codex-conduit', version: VERSION },
      onApproval: options.onApproval,
      approvals: options.approvals,
      signal,
    },
  )
  try {
    // The command line takes the key from the environment; the app-server has to be told.
    if (apiKey !== undefined) {
      await client.request('account/login/start', { type: 'apiKey', apiKey }, { signal })
    }
  } catch (error) {
    await client.close()
    throw error
  }
  return new Server(client, transport, notices, idleTimeoutMs)
}

/** Whether somebody answers when Codex asks. */
export function canAsk({ onApproval, approvals }: CodexOptions): boolean {
  return onApproval !== undefined || approvals !== undefined
}

function serverProcess(options: CodexOptions, args: readonly string[]): StdioTransport {
  const { codexPathOverride: name } = options
  const env = { ...options.env }
  if (!(options.env ?? process.env)[ORIGINATOR.variable]) env[ORIGINATOR.variable] = ORIGINATOR.value
  const launch: LaunchOptions = { env, inheritEnv: options.env === undefined }
  if (!name) {
    const binary = codexBinary(undefined, launch)
    return appServerProcess({ ...launch, binary, env: withTools(binary, env, options.env), args })
  }
  return programProcess(executable(name, launch), ['app-server', ...args], launch)
}

/** The package of the binary brings tools of its own, such as ripgrep, which come first in the `PATH`. */
function withTools(binary: string, env: Record<string, string>, base: CodexOptions['env']) {
  const tools = join(dirname(dirname(binary)), 'codex-path')
  if (!existsSync(tools)) return env
  const path = readVariable(base ?? process.env, 'PATH')
  return { ...env, PATH: path === undefined ? tools : `${tools}${delimiter}${path}` }
}

/** A path to a script that npm made is followed to the binary behind it; a bare name is left to the `PATH`. */
function executable(name: string, launch: LaunchOptions): string {
  if (!/[\\/]/.test(name)) return name
  try {
    return codexBinary(name, launch)
  } catch (error) {
    // The attempt to start it tells what is wrong, in the system's words.
    if (error instanceof CodexNotFoundError) return name
    throw error
  }
}

function serverArguments(options: CodexOptions, hasKey: boolean): string[] {
  const { config, configOverrides: raw, baseUrl } = options
  const overrides = [
    ...configOverrides('config', config ?? {}),
    ...(raw ?? []),
    ...(baseUrl ? configOverrides('baseUrl', { openai_base_url: baseUrl }) : []),
    // A key that is given to this program is nothing to keep in the Codex home.
    ...(hasKey ? ['cli_auth_credentials_store="ephemeral"'] : []),
  ]
  return overrides.flatMap((override) => ['-c', override])
}

function checkCodexOptions(options: CodexOptions): void {
  for (const name of ['codexPathOverride', 'baseUrl', 'apiKey'] as const) {
    checkString(name, options[name], false)
  }
  checkOptions('config', options.config)
  checkOptions('env', options.env)
  const { configOverrides: raw } = options
  if (raw === undefined) return
  if (!Array.isArray(raw)) throw new InvalidInputError('configOverrides', raw, 'a list of strings')
  for (const [index, text] of raw.entries()) checkString(`configOverrides[${index}]`, text ?? null)
}
