// Plays an app-server whose one turn brings as many deltas as it is told, as fast as they are taken.
import { deltaMessage } from './delta.mjs'
import { readLines } from './lines.mjs'

const count = Number(process.argv[2])
const { threadId, turnId, itemId } = deltaMessage(0).params
const write = (text) =>
  process.stdout.write(text) ? undefined : new Promise((resolve) => process.stdout.once('drain', resolve))
const tell = (message) => write(`${JSON.stringify(message)}\n`)

async function turn() {
  tell({ method: 'turn/started', params: { threadId, turn: { id: turnId } } })
  const item = { type: 'agentMessage', id: itemId, text: '' }
  tell({ method: 'item/started', params: { threadId, turnId, item } })
  let text = ''
  for (let i = 0; i < count; i += 1) {
    text += `${JSON.stringify(deltaMessage(i))}\n`
    if (text.length > 60_000) {
      await write(text)
      text = ''
    }
  }
  await write(text)
  tell({
    method: 'turn/completed',
    params: { threadId, turn: { id: turnId, status: 'completed', items: [] } },
  })
}

const results = {
  initialize: { userAgent: 'bench/1' },
  'thread/start': { thread: { id: threadId } },
  'turn/start': { turn: { id: turnId } },
}
await readLines(process.stdin, ({ id, method }) => {
  if (id === undefined) return
  tell({ id, result: results[method] ?? {} })
  if (method === 'turn/start') void turn()
})
