import { PassThrough } from 'node:stream'
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node'
import { inParallel } from '../../sources/in-parallel.mjs'

/** Over a pair of streams: it has no way to hand objects over. */
export async function run(count, { inFlight }) {
  const [there, back] = [new PassThrough(), new PassThrough()]
  const connect = (input, output) =>
    createMessageConnection(new StreamMessageReader(input), new StreamMessageWriter(output))
  const client = connect(back, there)
  const server = connect(there, back)
  server.onRequest('add', ({ value }) => value + 1)
  server.listen()
  client.listen()
  const sum = await inParallel(count, inFlight, (value) => client.sendRequest('add', { value }))
  client.dispose()
  server.dispose()
  return sum
}
