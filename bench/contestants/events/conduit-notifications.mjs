import { Codex, stdio } from '../../../dist/index.js'
import { sourcePath } from '../../sources/spawn.mjs'

/** All notifications of the connection, read with `for await`: a stream of events without a turn to keep. */
export async function run(count) {
  const args = [sourcePath('app-server.mjs'), String(count)]
  const codex = await Codex.connect(stdio({ command: process.execPath, args }))
  const notifications = codex.notifications()
  const { thread } = await codex.request('thread/start', {})
  await codex.request('turn/start', { threadId: thread.id, input: [] })
  let sum = 0
  for await (const { method, params } of notifications) {
    if (method === 'item/agentMessage/delta') sum += params.delta.length
    if (method === 'turn/completed') break
  }
  await codex.close()
  return sum
}
