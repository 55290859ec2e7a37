import { createBirpc } from 'birpc'
import { inParallel } from '../../sources/in-parallel.mjs'
import { splitLines } from '../../sources/lines.mjs'
import { spawnSource } from '../../sources/spawn.mjs'

export async function run(count, { inFlight }) {
  const child = spawnSource('echo.mjs', 'birpc')
  let ended
  const rpc = createBirpc(
    {},
    {
      post: (data) => void child.stdin.write(`${data}\n`),
      on: (receive) => {
        ended = splitLines(child.stdout, (line) => receive(line))
      },
      serialize: JSON.stringify,
      deserialize: JSON.parse,
    },
  )
  const sum = await inParallel(count, inFlight, (value) => rpc.add({ value }))
  child.stdin.end()
  await ended
  return sum
}
