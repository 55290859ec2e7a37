import { createBirpc } from 'birpc'
import { splitLines } from '../../sources/lines.mjs'
import { spawnSource } from '../../sources/spawn.mjs'

export async function run(count, { writes }) {
  const child = spawnSource('flood.mjs', count, 'birpc', writes)
  let sum = 0
  let receive
  createBirpc(
    {
      'item/agentMessage/delta': ({ delta }) => {
        sum += delta.length
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
  await splitLines(child.stdout, (line) => receive(line))
  return sum
}
