import { Readable, Writable } from 'node:stream'
import { client, ndJsonStream } from '@agentclientprotocol/sdk'
import { spawnSource } from '../../sources/spawn.mjs'

export async function run(count, { writes }) {
  const child = spawnSource('flood.mjs', count, 'jsonrpc', writes)
  let sum = 0
  const connection = client()
    .onNotification(
      'item/agentMessage/delta',
      (params) => params,
      ({ params }) => {
        sum += params.delta.length
      },
    )
    .connect(ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout)))
  await connection.closed
  return sum
}
