import { memoryPair } from '../../../dist/index.js'
import { unreadTurn } from '../../sources/unread-turn.mjs'

/** An array that keeps every message: what a client without bounds does. */
export async function run(count) {
  const [near, far] = memoryPair()
  const kept = []
  near.onmessage = (message) => {
    if (message.method === 'item/agentMessage/delta') kept.push(message)
  }
  const server = await unreadTurn(far)
  await near.start()
  const samples = await server.flood(count)
  await near.close()
  return { checksum: kept.length, samples }
}
