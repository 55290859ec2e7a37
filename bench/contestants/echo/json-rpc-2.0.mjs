import { JSONRPCClient } from 'json-rpc-2.0'
import { inParallel } from '../../sources/in-parallel.mjs'
import { readLines } from '../../sources/lines.mjs'
import { spawnSource } from '../../sources/spawn.mjs'

export async function run(count, { inFlight }) {
  const child = spawnSource('echo.mjs', 'jsonrpc')
  const client = new JSONRPCClient((request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`)
  })
  const ended = readLines(child.stdout, (message) => client.receive(message))
  const sum = await inParallel(count, inFlight, (value) => client.request('add', { value }))
  child.stdin.end()
  await ended
  return sum
}
