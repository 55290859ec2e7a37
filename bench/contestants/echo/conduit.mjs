import { stdio } from '../../../dist/index.js'
import { RpcPeer } from '../../../dist/rpc/index.js'
import { inParallel } from '../../sources/in-parallel.mjs'
import { sourcePath } from '../../sources/spawn.mjs'

export async function run(count, { inFlight }) {
  const args = [sourcePath('echo.mjs'), 'jsonrpc']
  const peer = new RpcPeer(stdio({ command: process.execPath, args }))
  await peer.start()
  const sum = await inParallel(count, inFlight, (value) => peer.request('add', { value }))
  await peer.close()
  return sum
}
