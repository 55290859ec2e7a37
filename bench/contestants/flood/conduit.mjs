import { stdio } from '../../../dist/index.js'
import { RpcPeer } from '../../../dist/rpc/index.js'
import { sourcePath } from '../../sources/spawn.mjs'

export async function run(count, { writes }) {
  let sum = 0
  const args = [sourcePath('flood.mjs'), String(count), 'codex', writes]
  const peer = new RpcPeer(stdio({ command: process.execPath, args }), {
    onNotification: (message) => {
      if (message.method === 'item/agentMessage/delta') sum += message.params.delta.length
    },
  })
  await peer.start()
  await peer.closed
  return sum
}
