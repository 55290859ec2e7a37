import assert from 'node:assert/strict'
import { Codex, type Transport } from 'codex-conduit'
import { createFakeAppServer, parseTranscript, record, replay } from 'codex-conduit/testing'

async function greet(transport: Transport): Promise<string> {
  const codex = await Codex.connect(transport)
  const { text } = await (await codex.startThread({ cwd: '/repo' })).run('Say hello')
  await codex.close()
  return text
}

const fake = createFakeAppServer((server) => server.onTurn((turn) => turn.say('Hello')))
const lines: string[] = []
const recording = record(fake.connect(), (line) => lines.push(line))
await greet(recording)
await recording.recorded
await fake.close()

const replayed = replay(parseTranscript(lines.join('\n')))
assert.equal(await greet(replayed), 'Hello')
assert(replayed.done)
