import { once } from 'node:events'
import { createBirpc } from 'birpc'
import { WebSocket } from 'ws'
import { startServer } from '../../sources/web-socket-server.mjs'

export async function prepare() {
  const { url, close } = await startServer()
  const run = async (count) => {
    let sum = 0
    const socket = new WebSocket(`${url}/birpc/${count}`, { perMessageDeflate: false })
    createBirpc(
      {
        'item/agentMessage/delta': ({ delta }) => {
          sum += delta.length
        },
      },
      {
        post: (data) => socket.send(data),
        on: (receive) => void socket.on('message', (data) => receive(data.toString())),
        serialize: JSON.stringify,
        deserialize: JSON.parse,
      },
    )
    await once(socket, 'close')
    return sum
  }
  return { run, close }
}
