import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pieces } from '../../sources/pieces.mjs'

export async function run(count, { characters }) {
  let sum = 0
  const chunks = pieces(characters)
  const input = Readable.from(
    (function* () {
      for (let i = 0; i < count; i += 1) yield* chunks
    })(),
    { objectMode: false },
  )
  const lines = createInterface({ input })
  lines.on('line', (line) => {
    sum += JSON.parse(line).params.text.length
  })
  await new Promise((resolve) => lines.once('close', resolve))
  return sum / characters
}
