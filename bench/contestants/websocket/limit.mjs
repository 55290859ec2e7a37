import { once } from 'node:events'
import { WebSocket } from 'ws'
import { startServer } from '../../sources/web-socket-server.mjs'

export async function prepare() {
  const { url, close } = await startServer()
  const run = async (count) => {
    let sum = 0
    const socket = new WebSocket(`${url}/codex/${count}`, { perMessageDeflate: false })
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString())
      if (message.method === 'item/agentMessage/delta') sum += message.params.delta.length
    })
    await once(socket, 'close')
    return sum
  }
  return { run, close }
}
