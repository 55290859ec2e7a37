import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { z } from 'zod'
import { inParallel } from '../../sources/in-parallel.mjs'

const Add = z.object({ method: z.literal('add'), params: z.object({ value: z.number() }) })
const Sum = z.object({ value: z.number() })

export async function run(count, { inFlight }) {
  const info = { name: 'bench', version: '1' }
  const [near, far] = InMemoryTransport.createLinkedPair()
  const server = new Server(info, { capabilities: {} })
  server.setRequestHandler(Add, ({ params }) => ({ value: params.value + 1 }))
  const client = new Client(info)
  await Promise.all([client.connect(near), server.connect(far)])
  const sum = await inParallel(count, inFlight, async (value) => {
    const result = await client.request({ method: 'add', params: { value } }, Sum)
    return result.value
  })
  await client.close()
  return sum
}
