// `npm run record -- [names…]`: records test/transcripts/*.jsonl anew from the installed Codex, offline, with the
// model stub. All times are 0 and all names of the machine are replaced, so that a recording of the same version
// differs from the one before only where Codex said something else, or the same in another order.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Codex } from '../src/client/index.js'
import { appServerProcess } from '../src/client/start.js'
import { parseTranscript, record, startModelStub, stubCodexHome } from '../src/testing/index.js'
import { checkNeutral, neutral } from './record/neutral.js'
import { type Scenario, scenarios } from './record/scenarios.js'

const folder = new URL('../test/transcripts/', import.meta.url)

// They name this machine, or warn of programs that it lacks.
const ABOUT_THE_MACHINE = /"method":"(?:configWarning|remoteControl\/status\/changed)"/

async function recordScenario(scenario: Scenario): Promise<string> {
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

const named = process.argv.slice(2)
const chosen = named.length > 0 ? scenarios.filter(({ name }) => named.includes(name)) : scenarios
if (chosen.length === 0) throw new Error(`choose among ${scenarios.map(({ name }) => name).join(', ')}`)
await mkdir(folder, { recursive: true })
for (const scenario of chosen) {
  const text = await recordScenario(scenario)
  checkNeutral(scenario.name, text)
  console.log(`${scenario.name}: ${parseTranscript(text).entries.length} entries, ${text.length} characters`)
  await writeFile(new URL(`${scenario.name}.jsonl`, folder), text)
}
