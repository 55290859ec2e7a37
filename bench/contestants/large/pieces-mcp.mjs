import { ReadBuffer } from '@modelcontextprotocol/sdk/shared/stdio.js'
import { pieces } from '../../sources/pieces.mjs'

/** Its line buffer, fed as its stdio transport feeds it. */
export function run(count, { characters }) {
  const buffer = new ReadBuffer()
  const chunks = pieces(characters)
  let sum = 0
  for (let i = 0; i < count; i += 1) {
    for (const chunk of chunks) {
      buffer.append(chunk)
      for (let message = buffer.readMessage(); message !== null; message = buffer.readMessage()) {
        sum += message.params.text.length
      }
    }
  }
  return sum / characters
}
