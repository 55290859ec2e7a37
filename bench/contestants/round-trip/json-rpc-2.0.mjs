import { JSONRPCClient, JSONRPCServer } from 'json-rpc-2.0'
import { inParallel } from '../../sources/in-parallel.mjs'

export function run(count, { inFlight, isText }) {
  const pass = isText ? (message) => JSON.parse(JSON.stringify(message)) : (message) => message
  const server = new JSONRPCServer()
  server.addMethod('add', ({ value }) => value + 1)
  const client = new JSONRPCClient((request) => {
    queueMicrotask(async () => {
      const response = await server.receive(pass(request))
      queueMicrotask(() => client.receive(pass(response)))
    })
  })
  return inParallel(count, inFlight, (value) => client.request('add', { value }))
}
