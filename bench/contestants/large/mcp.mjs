import { ReadBuffer } from '@modelcontextprotocol/sdk/shared/stdio.js'
import { spawnSource } from '../../sources/spawn.mjs'

/** Its line buffer, read as its stdio transport does it, without a client behind it. */
export async function run(count, { characters }) {
  const { stdout } = spawnSource('large.mjs', count, characters)
  // It refuses what is longer than 10 MB unless it is told.
  const buffer = new ReadBuffer({ maxBufferSize: characters * 2 })
  let sum = 0
  stdout.on('data', (chunk) => {
    buffer.append(chunk)
    for (let message = buffer.readMessage(); message !== null; message = buffer.readMessage()) {
      if (message.method === 'large') sum += message.params.text.length
    }
  })
  await new Promise((resolve) => stdout.once('end', resolve))
  return sum / characters
}
