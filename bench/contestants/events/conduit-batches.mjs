import { Codex, stdio } from '../../../dist/index.js'
import { sourcePath } from '../../sources/spawn.mjs'

/** A turn of the client, its events read in batches. */
export async function run(count) {
  const args = [sourcePath('app-server.mjs'), String(count)]
  const codex = await Codex.connect(stdio({ command: process.execPath, args }))
  const thread = await codex.startThread()
  let sum = 0
  for await (const batch of thread.stream('go').batches()) {
    for (const event of batch) {
      if (event.type === 'message.delta') sum += event.delta.length
    }
  }
  await codex.close()
  return sum
}
