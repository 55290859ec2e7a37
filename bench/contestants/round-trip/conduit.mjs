import { memoryPair } from '../../../dist/index.js'
import { RpcPeer } from '../../../dist/rpc/index.js'
import { inParallel } from '../../sources/in-parallel.mjs'

export async function run(count, { inFlight, isText }) {
  const [near, far] = memoryPair({ json: isText })
  const client = new RpcPeer(near)
  const server = new RpcPeer(far)
  server.handle('add', ({ value }) => value + 1)
  await Promise.all([client.start(), server.start()])
  const sum = await inParallel(count, inFlight, (value) => client.request('add', { value }))
  await client.close()
  await server.close()
  return sum
}
