import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Codex } from '../../src/client/index.js'
import { appServerProcess } from '../../src/client/start.js'
import { record, startModelStub, stubCodexHome } from '../../src/testing/index.js'
import { neutral } from './neutral.js'
import type { Scenario } from './scenarios.js'

// They name this machine, or warn of programs that it lacks.
const ABOUT_THE_MACHINE = /"method":"(?:configWarning|remoteControl\/status\/changed)"/

/** Plays a scenario against the installed Codex, offline. Resolves with its transcript as text. */
export async function recordScenario(scenario: Scenario): Promise<string> {
  await using stub = await startModelStub()
  await using home = await stubCodexHome(stub)
  const workspace = join(home.path, 'workspace')
  const user = join(home.path, 'user')
  await Promise.all([mkdir(workspace), mkdir(user)])
  const goOn = scenario.prepare(stub) ?? (() => {})
  const lines: string[] = []
  const transport = record(
    // The user's own shell profile must not speak in the output of commands.
    appServerProcess({ env: { ...home.env, HOME: user }, cwd: workspace }),
    (line) => lines.push(line),
    {
      now: () => 0,
      about: { scenario: scenario.name },
      normalise: neutral({
        [workspace]: '/workspace',
        [home.path]: '/codex-home',
        [stub.url]: 'http://127.0.0.1:1/v1',
      }),
    },
  )
  const codex = await Codex.connect(transport, scenario.options)
  try {
    const thread = await codex.startThread({ approvalPolicy: 'on-request', sandbox: 'read-only' })
    await scenario.play({ thread, goOn })
  } finally {
    await codex.close()
  }
  const { error } = await transport.recorded
  if (error) throw error
  return lines
    .filter((line) => !ABOUT_THE_MACHINE.test(line))
    .map((line) => `${line}\n`)
    .join('')
}
