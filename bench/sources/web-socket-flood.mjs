// Sends as many deltas as the path of the connection says over a WebSocket, in the words of Codex or of birpc. Tells
// its parent the port.
import { WebSocketServer } from 'ws'
import { deltaMessage } from './delta.mjs'

const HIGH_WATER_BYTES = 1024 * 1024
const encode = {
  codex: (i) => JSON.stringify(deltaMessage(i)),
  birpc: (i) => JSON.stringify({ t: 'q', m: 'item/agentMessage/delta', a: [deltaMessage(i).params] }),
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', async (socket, { url }) => {
  const [, dialect, count] = url.split('/')
  for (let i = 0; i < Number(count); i += 1) {
    const text = encode[dialect](i)
    if (socket.bufferedAmount < HIGH_WATER_BYTES) socket.send(text)
    else await new Promise((resolve) => socket.send(text, resolve))
  }
  socket.close()
})
server.on('listening', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
