import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { startServer } from '../../sources/web-socket-server.mjs'

const Delta = z.object({
  method: z.literal('item/agentMessage/delta'),
  params: z.looseObject({ delta: z.string() }),
})
const HANDSHAKE = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  serverInfo: { name: 'flood', version: '1' },
}

/** Checks each message as its own WebSocket transport does, but without the handshake. */
class FloodTransport {
  constructor(url) {
    this.url = url
  }

  async start() {
    this.socket = new WebSocket(this.url, { perMessageDeflate: false })
    this.socket.on('message', (data) =>
      this.onmessage?.(JSONRPCMessageSchema.parse(JSON.parse(data.toString()))),
    )
  }

  async send({ id, method }) {
    if (method !== 'initialize') return
    queueMicrotask(() => this.onmessage({ jsonrpc: '2.0', id, result: HANDSHAKE }))
  }

  async close() {
    this.socket.close()
    this.onclose?.()
  }
}

export async function prepare() {
  const { url, close } = await startServer()
  const run = async (count) => {
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
    await client.connect(new FloodTransport(`${url}/jsonrpc/${count}`))
    await done
    await client.close()
    return sum
  }
  return { run, close }
}
