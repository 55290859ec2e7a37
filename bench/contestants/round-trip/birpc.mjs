import { createBirpc } from 'birpc'
import { inParallel } from '../../sources/in-parallel.mjs'

export function run(count, { inFlight, isText }) {
  const codec = isText ? { serialize: JSON.stringify, deserialize: JSON.parse } : {}
  let toServer
  let toClient
  const client = createBirpc(
    {},
    {
      ...codec,
      post: (data) => queueMicrotask(() => toServer(data)),
      on: (receive) => {
        toClient = receive
      },
    },
  )
  createBirpc(
    { add: ({ value }) => value + 1 },
    {
      ...codec,
      post: (data) => queueMicrotask(() => toClient(data)),
      on: (receive) => {
        toServer = receive
      },
    },
  )
  return inParallel(count, inFlight, (value) => client.add({ value }))
}
