import { AbstractMessageReader, AbstractMessageWriter, createMessageConnection } from 'vscode-jsonrpc/node'
import { WebSocket } from 'ws'
import { startServer } from '../../sources/web-socket-server.mjs'

class SocketReader extends AbstractMessageReader {
  constructor(socket) {
    super()
    this.socket = socket
  }

  listen(receive) {
    this.socket.on('message', (data) => receive(JSON.parse(data.toString())))
    return { dispose() {} }
  }
}

class SocketWriter extends AbstractMessageWriter {
  constructor(socket) {
    super()
    this.socket = socket
  }

  async write(message) {
    this.socket.send(JSON.stringify(message))
  }

  end() {}
}

export async function prepare() {
  const { url, close } = await startServer()
  const run = async (count) => {
    let sum = 0
    let left = count
    const socket = new WebSocket(`${url}/jsonrpc/${count}`, { perMessageDeflate: false })
    const connection = createMessageConnection(new SocketReader(socket), new SocketWriter(socket))
    // It hands over what came some time after it came: the socket may be closed by then.
    await new Promise((resolve) => {
      connection.onNotification('item/agentMessage/delta', ({ delta }) => {
        sum += delta.length
        left -= 1
        if (left === 0) resolve()
      })
      connection.listen()
    })
    connection.dispose()
    return sum
  }
  return { run, close }
}
