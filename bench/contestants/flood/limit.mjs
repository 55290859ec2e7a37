import { readLines } from '../../sources/lines.mjs'
import { spawnSource } from '../../sources/spawn.mjs'

export async function run(count, { writes }) {
  const child = spawnSource('flood.mjs', count, 'codex', writes)
  let sum = 0
  await readLines(child.stdout, (message) => {
    if (message.method === 'item/agentMessage/delta') sum += message.params.delta.length
  })
  return sum
}
