import assert from 'node:assert/strict'
import { Codex } from 'codex-conduit'
import { reply, startModelStub, stubCodexHome } from 'codex-conduit/testing'

await using stub = await startModelStub()
await using home = await stubCodexHome(stub)
stub
  .when((request) => request.lastUserText.includes('release'))
  .reply(
    reply.execCommand('echo 12 passed', { callId: 'tests', login: false, yieldTimeMs: 30_000 }),
    reply.text('Published.', { chunks: ['Publ', 'ished.'] }),
  )

const codex = await Codex.start({ env: home.env })
const thread = await codex.startThread({ sandbox: 'danger-full-access', approvalPolicy: 'never' })
const { text } = await thread.run('Please release 1.2.0')
assert.equal(text, 'Published.')
assert.match(stub.requests[1]?.toolOutput('tests')?.text ?? '', /12 passed/)
await codex.close() // before its home is removed
