import { CODEX_OPTION_NAMES, type CodexOptions } from './options.js'
import type { RunTurnOptions } from './run-turn-options.js'
import { LAUNCH_OPTION_NAMES } from './start.js'

const { binary: _binary, ...launchNames } = LAUNCH_OPTION_NAMES
// The process is gone with its connection: there is nothing to connect to again.
const { reconnect: _reconnect, ...clientNames } = CODEX_OPTION_NAMES

/** The names of all {@link RunTurnOptions}. */
export const RUN_OPTION_NAMES: { readonly [Name in keyof Required<RunTurnOptions>]: true } = {
  ...clientNames,
  ...launchNames,
  prompt: true,
  command: true,
  threadId: true,
  model: true,
  approvalPolicy: true,
  sandbox: true,
  tools: true,
  output: true,
  timeoutMs: true,
  onEvent: true,
}

/** What of the options is about the client. */
export function codexOptionsOf<Output>(options: RunTurnOptions<Output>): CodexOptions {
  const entries = Object.entries(options).filter(([name]) => Object.hasOwn(CODEX_OPTION_NAMES, name))
  return Object.fromEntries(entries) as CodexOptions
}
