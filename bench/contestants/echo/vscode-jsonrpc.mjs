import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node'
import { inParallel } from '../../sources/in-parallel.mjs'
import { spawnSource } from '../../sources/spawn.mjs'

/** Its messages carry a header of their length, so that the other side is of the same make. */
export async function run(count, { inFlight }) {
  const child = spawnSource('echo.mjs', 'lsp')
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  )
  connection.listen()
  const sum = await inParallel(count, inFlight, (value) => connection.sendRequest('add', { value }))
  connection.dispose()
  child.stdin.end()
  return sum
}
