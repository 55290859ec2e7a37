import assert from 'node:assert/strict'
import { Codex } from 'codex-conduit'
import { createFakeAppServer } from 'codex-conduit/testing'

const fake = createFakeAppServer()
fake.onTurn('release', async (turn) => {
  turn.runs('npm test', { output: '12 passed\n' })
  const decision = await turn.asksApproval({ command: 'npm publish', reason: 'The tests pass.' })
  turn.say(decision === 'accept' ? 'Published.' : 'Not published.')
})

const codex = await Codex.connect(fake.connect(), { onApproval: () => 'accept' })
const thread = await codex.startThread()
const { text } = await thread.run('Please release 1.2.0')
assert.equal(text, 'Published.')
await codex.close()
await fake.close()
