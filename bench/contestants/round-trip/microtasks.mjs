import { inParallel } from '../../sources/in-parallel.mjs'

/** As the limit, but each message is delivered in a microtask, as an asynchronous transport does. */
export function run(count, { inFlight, isText }) {
  const pending = new Map()
  const pass = isText ? (message) => JSON.parse(JSON.stringify(message)) : (message) => message
  let nextId = 1
  const deliver = (receive) => {
    let inbox = []
    const open = () => {
      const messages = inbox
      inbox = []
      for (const message of messages) receive(message)
    }
    return (message) => {
      inbox.push(message)
      if (inbox.length === 1) queueMicrotask(open)
    }
  }
  const toClient = deliver(({ id, result }) => {
    const resolve = pending.get(id)
    pending.delete(id)
    resolve(result)
  })
  const toServer = deliver(({ id, method, params }) => {
    if (method === 'add') toClient(pass({ jsonrpc: '2.0', id, result: params.value + 1 }))
  })
  const call = (method, params) =>
    new Promise((resolve) => {
      const id = nextId++
      pending.set(id, resolve)
      toServer(pass({ jsonrpc: '2.0', id, method, params }))
    })
  return inParallel(count, inFlight, (value) => call('add', { value }))
}
