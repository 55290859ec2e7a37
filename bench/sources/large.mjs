// Writes messages that hold a text of so many characters, in JSON, one a line.
const [, , count, characters] = process.argv.map(Number)
const line = `${JSON.stringify({ method: 'large', params: { text: 'x'.repeat(characters) } })}\n`
for (let i = 0; i < count; i += 1) {
  if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}
