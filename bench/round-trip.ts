import { memoryPair } from 'codex-conduit'
import { RpcPeer } from 'codex-conduit/rpc'
import type { Benchmark } from './compare.js'

const COUNT = 50_000

/** Requests answered at once, over a pair of ends in memory that hand objects over. */
export const roundTrip: Benchmark = {
  name: `round trip in memory, ${COUNT} sequential requests`,
  count: COUNT,
  unit: 'requests',
  contestants: [
    { name: 'limit: a microtask each way', run: bare },
    { name: 'RpcPeer', run: peers },
  ],
}

async function bare(): Promise<number> {
  let sum = 0
  for (let i = 0; i < COUNT; i += 1) {
    const request = { jsonrpc: '2.0', id: i, method: 'add', params: { value: i } }
    const response = await Promise.resolve(request).then(({ id, params }) => ({
      id,
      result: params.value + 1,
    }))
    sum += response.result
  }
  return sum
}

async function peers(): Promise<number> {
  const [left, right] = memoryPair({ json: false })
  const server = new RpcPeer(right)
  server.handle('add', (params) => (params as { value: number }).value + 1)
  const client = new RpcPeer(left)
  await Promise.all([server.start(), client.start()])
  let sum = 0
  for (let i = 0; i < COUNT; i += 1) sum += (await client.request('add', { value: i })) as number
  await client.close()
  await server.close()
  return sum
}
