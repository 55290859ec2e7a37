import { memoryPair } from '../../../dist/index.js'
import { DELTA, firstTurns, inMemoryServer } from '../../sources/in-memory-server.mjs'
import { Ring } from '../../sources/ring.mjs'

/** The least that has one stream for each thread: a map of ring buffers, read with `for await`. */
export async function prepare({ threads }) {
  const [near, far] = memoryPair({ json: false })
  const server = await inMemoryServer(far)
  const pending = new Map()
  const streams = new Map()
  let nextId = 1
  near.onmessage = ({ id, method, params, result }) => {
    if (method === undefined) pending.get(id)(result)
    else if (method === 'item/agentMessage/delta') streams.get(params.threadId).push(params)
    else if (method === 'turn/completed') streams.get(params.threadId).end()
  }
  await near.start()
  const request = (method, params) =>
    new Promise((resolve) => {
      const id = nextId++
      pending.set(id, resolve)
      near.send({ id, method, params })
    })
  const opened = await Promise.all(Array.from({ length: threads }, () => request('thread/start', {})))
  const run = async (count) => {
    server.deltas = count / threads
    let characters = 0
    const read = async ({ thread }) => {
      const stream = new Ring()
      streams.set(thread.id, stream)
      await request('turn/start', { threadId: thread.id })
      for await (const { delta } of stream) characters += delta.length
    }
    await Promise.all(opened.map(read))
    return characters / DELTA.length
  }
  await firstTurns(run)
  return { run, close: () => near.close() }
}
