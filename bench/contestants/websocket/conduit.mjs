import { webSocket } from '../../../dist/index.js'
import { RpcPeer } from '../../../dist/rpc/index.js'
import { startServer } from '../../sources/web-socket-server.mjs'

export async function prepare() {
  const { url, close } = await startServer()
  const run = async (count) => {
    let sum = 0
    const peer = new RpcPeer(webSocket(`${url}/codex/${count}`), {
      onNotification: ({ method, params }) => {
        if (method === 'item/agentMessage/delta') sum += params.delta.length
      },
    })
    await peer.start()
    await peer.closed
    await peer.close()
    return sum
  }
  return { run, close }
}
