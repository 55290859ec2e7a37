import { JSONRPCServer } from 'json-rpc-2.0'
import { readLines } from '../../sources/lines.mjs'
import { spawnSource } from '../../sources/spawn.mjs'

export async function run(count, { writes }) {
  const child = spawnSource('flood.mjs', count, 'jsonrpc', writes)
  let sum = 0
  const server = new JSONRPCServer()
  server.addMethod('item/agentMessage/delta', ({ delta }) => {
    sum += delta.length
  })
  const handled = []
  await readLines(child.stdout, (message) => void handled.push(server.receive(message)))
  await Promise.all(handled)
  return sum
}
