// Writes messages that hold a text of so many characters, in JSON, one a line; as JSON-RPC or as birpc's calls.
const [, , count, characters, dialect = 'jsonrpc'] = process.argv
const params = { text: 'x'.repeat(Number(characters)) }
const message = {
  jsonrpc: { jsonrpc: '2.0', method: 'large', params },
  birpc: { t: 'q', m: 'large', a: [params] },
}[dialect]
const line = `${JSON.stringify(message)}\n`
for (let i = 0; i < Number(count); i += 1) {
  if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}
