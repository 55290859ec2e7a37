const BURST = 320
const FIRST_TURNS = 6
const FIRST_EVENTS = 9_600

/** The text of each delta. */
export const DELTA = 'a few words'

/** Plays an app-server on one end of a pair: each turn brings `deltas` of them, in bursts as a pipe brings them. */
export async function inMemoryServer(far) {
  const server = { deltas: 0 }
  let threads = 0
  let turns = 0
  const turn = async (threadId, turnId) => {
    const { deltas } = server
    const tell = (method, params) => far.send({ method, params: { threadId, turnId, ...params } })
    tell('turn/started', { turn: { id: turnId } })
    tell('item/started', { item: { type: 'agentMessage', id: 'message', text: '' } })
    for (let i = 0; i < deltas; i += 1) {
      tell('item/agentMessage/delta', { itemId: 'message', delta: DELTA })
      if (i % BURST === BURST - 1) await new Promise((resolve) => setImmediate(resolve))
    }
    tell('turn/completed', { turn: { id: turnId, status: 'completed', items: [] } })
  }
  far.onmessage = ({ id, method, params }) => {
    if (id === undefined) return
    const results = {
      initialize: () => ({ userAgent: 'bench/1' }),
      'thread/start': () => ({ thread: { id: `thread ${++threads}` } }),
      'turn/start': () => ({ turn: { id: `turn ${++turns}` } }),
    }
    const result = results[method]?.() ?? {}
    far.send({ id, result })
    if (method === 'turn/start') void turn(params.threadId, result.turn.id)
  }
  await far.start()
  return server
}

/** The engine compiles for the first turns, and again for the next ones: that is no cost of an event. */
export async function firstTurns(run) {
  for (let i = 0; i < FIRST_TURNS; i += 1) await run(FIRST_EVENTS)
}
