/**
 * A program for `node -e` that speaks just enough of the app-server's protocol for a supervisor: it shakes hands,
 * starts threads and completes each turn at once. It writes one line to its error stream and one that is no message
 * to its output, and ends with its input.
 */
export const FAKE_CHILD = `
const { createInterface } = require('node:readline')
const send = (message) => process.stdout.write(JSON.stringify(message) + '\\n')
console.error('fake child: up')
process.stdout.write('fake child: a line that is no message\\n')
let threads = 0
let turns = 0
const answers = {
  initialize: () => ({ userAgent: 'fake/0.0.0', codexHome: process.env.CODEX_HOME }),
  'thread/start': () => ({ thread: { id: 'thread-' + (threads += 1) }, model: 'fake', cwd: process.cwd() }),
  'turn/start': ({ threadId }) => {
    const id = 'turn-' + (turns += 1)
    const turn = { id, items: [], error: null }
    setImmediate(() => {
      send({ method: 'turn/started', params: { threadId, turn: { ...turn, status: 'inProgress' } } })
      send({ method: 'turn/completed', params: { threadId, turn: { ...turn, status: 'completed' } } })
    })
    return { turn: { ...turn, status: 'inProgress' } }
  },
  'thread/unsubscribe': () => ({ status: 'unsubscribed' }),
}
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  const answer = answers[method]
  send(answer ? { id, result: answer(params) } : { id, error: { code: -32601, message: 'unknown' } })
})
`
