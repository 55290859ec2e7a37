import assert from 'node:assert/strict'
import { Codex } from 'codex-conduit'
import { collect, createFakeAppServer, eventsOfType, untilEvent } from 'codex-conduit/testing'

const fake = createFakeAppServer()
fake.onTurn(async (turn) => {
  await turn.runs('npm test', { output: '12 passed\n' })
  for await (const steer of turn.steers) {
    await turn.say(`First ${steer.text}.`)
    break
  }
})
const codex = await Codex.connect(fake.connect())
const turn = (await codex.startThread()).stream('Please release 1.2.0')
const { item } = await untilEvent(turn, 'item.completed')
assert.equal(item.type, 'userMessage')
await turn.steer('the changelog')
const { events, result } = await collect(turn)
assert.equal(eventsOfType(events, 'command.output')[0]?.delta, '12 passed\n')
assert.equal(result.text, 'First the changelog.')
await codex.close()
await fake.close()
