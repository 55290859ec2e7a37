import { createBirpc } from 'birpc'
import { splitLines } from '../../sources/lines.mjs'
import { spawnSource } from '../../sources/spawn.mjs'

export async function run(count, { characters }) {
  let sum = 0
  let receive
  createBirpc(
    {
      large: ({ text }) => {
        sum += text.length
      },
    },
    {
      post: () => {},
      on: (listener) => {
        receive = listener
      },
      deserialize: JSON.parse,
    },
  )
  await splitLines(spawnSource('large.mjs', count, characters, 'birpc').stdout, (line) => receive(line))
  return sum / characters
}
