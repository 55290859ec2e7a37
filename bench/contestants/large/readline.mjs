import { createInterface } from 'node:readline'
import { spawnSource } from '../../sources/spawn.mjs'

export async function run(count, { characters }) {
  let sum = 0
  const lines = createInterface({ input: spawnSource('large.mjs', count, characters).stdout })
  lines.on('line', (line) => {
    const { method, params } = JSON.parse(line)
    if (method === 'large') sum += params.text.length
  })
  await new Promise((resolve) => lines.once('close', resolve))
  return sum / characters
}
