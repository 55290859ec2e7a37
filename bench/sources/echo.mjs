// Answers every request with the value it was given plus one; in the words of JSON-RPC, or of birpc. The answers to
// what one chunk brought leave in one write.
import { readLines } from './lines.mjs'

const dialect = process.argv[2]
let out = ''
const flush = () => {
  process.stdout.write(out)
  out = ''
}
const answer = {
  jsonrpc: ({ id, params }) => ({ jsonrpc: '2.0', id, result: params.value + 1 }),
  wrapped: ({ id, params }) => ({ jsonrpc: '2.0', id, result: { value: params.value + 1 } }),
  birpc: ({ i, a: [{ value }] }) => ({ t: 's', i, r: value + 1 }),
}[dialect]
if (dialect === 'lsp') {
  const { createMessageConnection, StreamMessageReader, StreamMessageWriter } = await import(
    'vscode-jsonrpc/node'
  )
  const connection = createMessageConnection(
    new StreamMessageReader(process.stdin),
    new StreamMessageWriter(process.stdout),
  )
  connection.onRequest('add', ({ value }) => value + 1)
  connection.listen()
} else {
  await readLines(process.stdin, (message) => {
    if (message.id === undefined && message.i === undefined) return
    if (out === '') process.nextTick(flush)
    out += `${JSON.stringify(answer(message))}\n`
  })
}
