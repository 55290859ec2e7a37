import * as official from '@openai/codex-sdk'
import * as dropIn from 'codex-conduit/openai-codex-sdk'
import { type ModelStub, type StubCodexHome, startModelStub, stubCodexHome } from 'codex-conduit/testing'
import type { Benchmark } from './compare.js'

const COUNT = 5

/** Turns of one thread, with a model that answers at once, through the official package and through the drop-in. */
export const turns: Benchmark = {
  name: `${COUNT} turns of a thread with an instant model`,
  count: COUNT,
  unit: 'turns',
  reference: 'the official package',
  contestants: [
    {
      name: '@openai/codex-sdk',
      run: async () => runTurns(new official.Codex({ env: await environment() })),
    },
    { name: 'drop-in, with its start', run: started },
    { name: 'drop-in, started before', run: async () => runTurns(await warm()) },
  ],
  close,
}

interface Stage {
  readonly stub: ModelStub
  readonly home: StubCodexHome
}

let stage: Promise<Stage> | undefined
let running: dropIn.Codex | undefined

async function started(): Promise<number> {
  await using codex = new dropIn.Codex({ env: await environment() })
  return await runTurns(codex)
}

async function warm(): Promise<dropIn.Codex> {
  running ??= new dropIn.Codex({ env: await environment() })
  return running
}

async function runTurns(codex: Pick<official.Codex, 'startThread'> | dropIn.Codex): Promise<number> {
  const thread = codex.startThread({ skipGitRepoCheck: true })
  let sum = 0
  for (let turn = 0; turn < COUNT; turn += 1) sum += (await thread.run('Hello')).finalResponse.length
  return sum
}

async function environment(): Promise<Record<string, string>> {
  stage ??= prepare()
  const { home } = await stage
  return { ...(process.env as Record<string, string>), ...home.env }
}

async function prepare(): Promise<Stage> {
  const stub = await startModelStub()
  return { stub, home: await stubCodexHome(stub) }
}

async function close(): Promise<void> {
  await running?.close()
  const made = await stage
  await made?.stub.close()
  await made?.home.dispose()
}
