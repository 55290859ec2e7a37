import { createInterface } from 'node:readline'
import { spawnSource } from '../../sources/spawn.mjs'

export async function run(count, { writes }) {
  const child = spawnSource('flood.mjs', count, 'codex', writes)
  let sum = 0
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const message = JSON.parse(line)
    if (message.method === 'item/agentMessage/delta') sum += message.params.delta.length
  })
  await new Promise((resolve) => lines.once('close', resolve))
  return sum
}
