import { stdio } from '../../../dist/index.js'
import { RpcPeer } from '../../../dist/rpc/index.js'
import { sourcePath } from '../../sources/spawn.mjs'

export async function run(count, { characters }) {
  let sum = 0
  const args = [sourcePath('large.mjs'), String(count), String(characters)]
  const peer = new RpcPeer(stdio({ command: process.execPath, args }), {
    onNotification: ({ method, params }) => {
      if (method === 'large') sum += params.text.length
    },
  })
  await peer.start()
  await peer.closed
  return sum / characters
}
