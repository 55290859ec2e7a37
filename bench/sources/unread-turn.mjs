const SAMPLES = 10

/** Plays an app-server with one turn. `flood` brings its deltas and its end, and tells RSS in MB at each tenth. */
export async function unreadTurn(far) {
  const ids = { threadId: 't', turnId: 'u' }
  const tell = (method, params) => far.send({ method, params: { ...ids, ...params } })
  const results = {
    initialize: { userAgent: 'bench/1' },
    'thread/start': { thread: { id: 't' } },
    'turn/start': { turn: { id: 'u' } },
  }
  far.onmessage = ({ id, method }) => {
    if (id === undefined) return
    far.send({ id, result: results[method] ?? {} })
    if (method === 'turn/start') tell('turn/started', { turn: { id: 'u' } })
  }
  await far.start()
  const flood = async (count) => {
    const rss = []
    const part = Math.ceil(count / SAMPLES)
    for (let i = 0; i < count; i += 1) {
      // Another item each time, so that nothing can be merged: the worst that a server can do.
      tell('item/agentMessage/delta', { itemId: `m${i % 1000}`, delta: `twenty bytes of text ${i}` })
      if (i % 1000 === 999) await new Promise((resolve) => setImmediate(resolve))
      if ((i + 1) % part === 0 || i === count - 1) {
        globalThis.gc?.()
        rss.push(Math.round(process.memoryUsage.rss() / 1024 / 1024))
      }
    }
    tell('turn/completed', { turn: { id: 'u', status: 'completed', items: [] } })
    return rss
  }
  return { flood }
}
