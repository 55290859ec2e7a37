import { ndJsonStream } from '@agentclientprotocol/sdk'
import { pieces } from '../../sources/pieces.mjs'

export async function run(count, { characters }) {
  let sum = 0
  const chunks = pieces(characters)
  let left = count * chunks.length
  const input = new ReadableStream({
    pull(controller) {
      if (left === 0) return controller.close()
      controller.enqueue(chunks[chunks.length - 1 - ((left - 1) % chunks.length)])
      left -= 1
    },
  })
  for await (const { params } of ndJsonStream(new WritableStream(), input).readable) sum += params.text.length
  return sum / characters
}
