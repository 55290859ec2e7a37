import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { ReadBuffer } from '@modelcontextprotocol/sdk/shared/stdio.js'
import { z } from 'zod'
import { spawnSource } from '../../sources/spawn.mjs'

const Delta = z.object({
  method: z.literal('item/agentMessage/delta'),
  params: z.looseObject({ delta: z.string() }),
})

/** The client over its own line buffer, as its stdio transport has it, but without the handshake. */
class FloodTransport {
  constructor(child) {
    this.child = child
  }

  async start() {
    const buffer = new ReadBuffer()
    this.child.stdout.on('data', (chunk) => {
      buffer.append(chunk)
      for (let message = buffer.readMessage(); message !== null; message = buffer.readMessage()) {
        this.onmessage?.(message)
      }
    })
  }

  async send({ id, method }) {
    const result = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      serverInfo: { name: 'flood', version: '1' },
    }
    if (method === 'initialize') queueMicrotask(() => this.onmessage({ jsonrpc: '2.0', id, result }))
  }

  async close() {
    this.child.stdout.destroy()
    this.onclose?.()
  }
}

export async function run(count, { writes }) {
  const client = new Client({ name: 'bench', version: '1' })
  let sum = 0
  let left = count
  const done = new Promise((resolve) => {
    client.setNotificationHandler(Delta, ({ params }) => {
      sum += params.delta.length
      left -= 1
      if (left === 0) resolve()
    })
  })
  await client.connect(new FloodTransport(spawnSource('flood.mjs', count, 'jsonrpc', writes)))
  await done
  await client.close()
  return sum
}
