// One process that measures: a server in this process streams deltas into a turn that nobody reads, or into an
// array, which is what a client without bounds does. Prints RSS in MB after each tenth, as JSON.
import { Codex, memoryPair } from '../dist/index.js'

const [, , contestant, total] = process.argv
const count = Number(total)
const [near, far] = memoryPair()
far.onmessage = ({ id, method }) => {
  if (id === undefined) return
  const results = {
    initialize: { userAgent: 'bench/1' },
    'thread/start': { thread: { id: 't' } },
    'turn/start': { turn: { id: 'u' } },
  }
  far.send({ id, result: results[method] ?? {} })
}
await far.start()
const codex = await Codex.connect(near)
const thread = await codex.startThread()
const turn = thread.stream('hi')
const events = turn[Symbol.asyncIterator]()
const tell = (method, params) => far.send({ method, params: { threadId: 't', turnId: 'u', ...params } })
tell('turn/started', { turn: { id: 'u' } })
await events.next()

const kept = []
if (contestant === 'unbounded') codex.on('notification', (message) => kept.push(message))
const rss = []
for (let i = 0; i < count; i += 1) {
  // Another item each time, so that nothing can be merged: the worst that a server can do.
  tell('item/agentMessage/delta', { itemId: `m${i % 1000}`, delta: `twenty bytes of text ${i}` })
  if (i % 1000 === 999) await new Promise((resolve) => setImmediate(resolve))
  if ((i + 1) % (count / 10) === 0) {
    globalThis.gc?.()
    rss.push(Math.round(process.memoryUsage.rss() / 1024 / 1024))
  }
}
far.send({ method: 'turn/completed', params: { threadId: 't', turn: { id: 'u', status: 'completed' } } })
await turn.result
let read = 0
let skipped = 0
for (;;) {
  const { value, done } = await events.next()
  if (done) break
  if (value.type === 'message.delta') read += 1
  if (value.type === 'lagged') skipped += value.skipped
}
await codex.close()
console.log(JSON.stringify({ contestant, count, rss, read, skipped, kept: kept.length }))
