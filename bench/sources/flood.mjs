// Writes as many delta notifications as it is told to its output: many a write, or one a write as Codex does. As lines
// with or without the JSON-RPC header, with a header of lengths (`lsp`), or as birpc's calls.
import { deltaMessage } from './delta.mjs'

const [, , total, dialect = 'codex', writes = 'many'] = process.argv
const encode = {
  codex: (i) => `${JSON.stringify(deltaMessage(i))}\n`,
  // Without the time: some peers allow no members of the server's own.
  jsonrpc: (i) => `${JSON.stringify({ jsonrpc: '2.0', ...deltaMessage(i), emittedAtMs: undefined })}\n`,
  lsp: (i) => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...deltaMessage(i) })
    return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  },
  birpc: (i) => {
    const { method, params, emittedAtMs } = deltaMessage(i)
    return `${JSON.stringify({ t: 'q', m: method, a: [params], emittedAtMs })}\n`
  },
}[dialect]
const enough = writes === 'one' ? 0 : 60_000

let text = ''
for (let i = 0; i < Number(total); i += 1) {
  text += encode(i)
  if (text.length > enough) {
    if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve))
    text = ''
  }
}
process.stdout.write(text)
