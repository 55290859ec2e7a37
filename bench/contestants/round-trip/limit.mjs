import { inParallel } from '../../sources/in-parallel.mjs'

/** A map of what waits and one promise a request; each message is handed over by a direct call. */
export function run(count, { inFlight, isText }) {
  const pending = new Map()
  const pass = isText ? (message) => JSON.parse(JSON.stringify(message)) : (message) => message
  let nextId = 1
  const toClient = ({ id, result }) => {
    const resolve = pending.get(id)
    pending.delete(id)
    resolve(result)
  }
  const toServer = ({ id, method, params }) => {
    if (method === 'add') toClient(pass({ jsonrpc: '2.0', id, result: params.value + 1 }))
  }
  const call = (method, params) =>
    new Promise((resolve) => {
      const id = nextId++
      pending.set(id, resolve)
      toServer(pass({ jsonrpc: '2.0', id, method, params }))
    })
  return inParallel(count, inFlight, (value) => call('add', { value }))
}
