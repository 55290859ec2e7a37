import { spawnSource } from './spawn.mjs'

/** Starts `app-server.mjs` and a turn on it, without a client. Resolves when the turn has ended. */
export async function startTurn(count, onChunk) {
  const child = spawnSource('app-server.mjs', count)
  let id = 0
  for (const method of ['initialize', 'thread/start', 'turn/start']) {
    child.stdin.write(`${JSON.stringify({ id: ++id, method, params: {} })}\n`)
  }
  // The child ends with its input, after it has written everything: its output is read to the end.
  child.stdout.on('data', onChunk)
  child.stdin.end()
  await new Promise((resolve) => child.stdout.once('end', resolve))
}
