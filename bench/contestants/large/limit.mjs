import { readLines } from '../../sources/lines.mjs'
import { spawnSource } from '../../sources/spawn.mjs'

export async function run(count, { characters }) {
  let sum = 0
  await readLines(spawnSource('large.mjs', count, characters).stdout, ({ method, params }) => {
    if (method === 'large') sum += params.text.length
  })
  return sum / characters
}
