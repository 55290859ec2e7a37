import { inParallel } from '../../sources/in-parallel.mjs'
import { readLines } from '../../sources/lines.mjs'
import { spawnSource } from '../../sources/spawn.mjs'

/** A map of what waits; one write a request, as a plain program does it. */
export async function run(count, { inFlight }) {
  const child = spawnSource('echo.mjs', 'jsonrpc')
  const pending = new Map()
  let nextId = 1
  const ended = readLines(child.stdout, ({ id, result }) => {
    const resolve = pending.get(id)
    pending.delete(id)
    resolve(result)
  })
  const call = (method, params) =>
    new Promise((resolve) => {
      const id = nextId++
      pending.set(id, resolve)
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    })
  const sum = await inParallel(count, inFlight, (value) => call('add', { value }))
  child.stdin.end()
  await ended
  return sum
}
