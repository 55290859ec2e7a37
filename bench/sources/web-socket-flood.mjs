// Sends as many deltas as the path of the connection says over a WebSocket, in the words of Codex, of JSON-RPC or
// of birpc. Tells its parent the port.
import { once } from 'node:events'
import { WebSocketServer } from 'ws'
import { deltaMessage } from './delta.mjs'

// So many leave in one write: it is the reader that is to be busy.
const BURST = 250
const encode = {
  codex: (i) => JSON.stringify(deltaMessage(i)),
  // Without the time: some peers allow no members of the server's own.
  jsonrpc: (i) => JSON.stringify({ jsonrpc: '2.0', ...deltaMessage(i), emittedAtMs: undefined }),
  birpc: (i) => JSON.stringify({ t: 'q', m: 'item/agentMessage/delta', a: [deltaMessage(i).params] }),
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', async (socket, { url, socket: connection }) => {
  const [, dialect, count] = url.split('/')
  for (let i = 0; i < Number(count); ) {
    const end = Math.min(Number(count), i + BURST)
    connection.cork()
    for (; i < end; i += 1) socket.send(encode[dialect](i))
    connection.uncork()
    if (connection.writableNeedDrain) await once(connection, 'drain')
  }
  socket.close()
})
server.on('listening', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
