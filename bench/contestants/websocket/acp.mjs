import { once } from 'node:events'
import { client } from '@agentclientprotocol/sdk'
import { WebSocket } from 'ws'
import { startServer } from '../../sources/web-socket-server.mjs'

export async function prepare() {
  const { url, close } = await startServer()
  const run = async (count) => {
    let sum = 0
    const socket = new WebSocket(`${url}/jsonrpc/${count}`, { perMessageDeflate: false })
    const readable = new ReadableStream({
      start(controller) {
        socket.on('message', (data) => controller.enqueue(JSON.parse(data.toString())))
        socket.on('close', () => controller.close())
      },
    })
    const writable = new WritableStream({ write: (message) => socket.send(JSON.stringify(message)) })
    const connection = client()
      .onNotification(
        'item/agentMessage/delta',
        (params) => params,
        ({ params }) => {
          sum += params.delta.length
        },
      )
      .connect({ readable, writable })
    await once(socket, 'close')
    await connection.closed
    return sum
  }
  return { run, close }
}
