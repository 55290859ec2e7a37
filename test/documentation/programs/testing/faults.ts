import assert from 'node:assert/strict'
import { Codex } from 'codex-conduit'
import { createFakeAppServer, fault, faultyTransport } from 'codex-conduit/testing'

const fake = createFakeAppServer((server) => server.onTurn((turn) => turn.say('Published.')))
const gone = { kind: 'remote', message: 'the server was killed' } as const
const transport = faultyTransport(fake.connect(), [
  // The event that ends the first turn is lost; in the middle of the second one, the connection ends.
  fault.received({ method: 'turn/completed', nth: 1 }).drop(),
  fault.received({ method: 'item/agentMessage/delta', nth: 2 }).end(gone),
])

const codex = await Codex.connect(transport)
const thread = await codex.startThread()
const first = await thread.stream('Please release 1.2.0').result
assert.equal(first.status, 'completed') // found out by asking for the thread
const second = await thread.stream('Please release 1.3.0').result
assert.equal(second.failure?.kind, 'transport-closed-before-turn-completed')
await codex.close()
await fake.close()
