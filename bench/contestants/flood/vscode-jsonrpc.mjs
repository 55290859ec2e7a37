import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node'
import { spawnSource } from '../../sources/spawn.mjs'

/** Its messages carry a header of their length instead of a line feed. */
export async function run(count, { writes }) {
  const child = spawnSource('flood.mjs', count, 'lsp', writes)
  let sum = 0
  let left = count
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  )
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
