import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js'
import { z } from 'zod'
import { inParallel } from '../../sources/in-parallel.mjs'
import { spawnSource } from '../../sources/spawn.mjs'

const Sum = z.object({ value: z.number() })
const HANDSHAKE = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  serverInfo: { name: 'echo', version: '1' },
}

/** The client over its own line buffer, as its stdio transport has it, but without the handshake. */
class EchoTransport {
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

  async send(message) {
    const { id, method } = message
    if (method === 'initialize')
      queueMicrotask(() => this.onmessage({ jsonrpc: '2.0', id, result: HANDSHAKE }))
    else if (id !== undefined) this.child.stdin.write(serializeMessage(message))
  }

  async close() {
    this.child.stdin.end()
    this.onclose?.()
  }
}

export async function run(count, { inFlight }) {
  const client = new Client({ name: 'bench', version: '1' })
  await client.connect(new EchoTransport(spawnSource('echo.mjs', 'wrapped')))
  const sum = await inParallel(count, inFlight, async (value) => {
    const result = await client.request({ method: 'add', params: { value } }, Sum)
    return result.value
  })
  await client.close()
  return sum
}
