import { Codex, memoryPair } from '../../../dist/index.js'
import { unreadTurn } from '../../sources/unread-turn.mjs'

/** The events of a turn that nobody reads while it runs; afterwards what was kept is read and counted. */
export async function run(count) {
  const [near, far] = memoryPair()
  const server = await unreadTurn(far)
  const codex = await Codex.connect(near)
  const thread = await codex.startThread()
  const turn = thread.stream('hi')
  const events = turn[Symbol.asyncIterator]()
  await events.next()
  const samples = await server.flood(count)
  await turn.result
  let told = 0
  for (let next = await events.next(); !next.done; next = await events.next()) {
    if (next.value.type === 'message.delta') told += 1
    if (next.value.type === 'lagged') told += next.value.skipped
  }
  await codex.close()
  return { checksum: told, samples }
}
