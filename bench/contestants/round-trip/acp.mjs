import { agent, client } from '@agentclientprotocol/sdk'
import { inParallel } from '../../sources/in-parallel.mjs'

const parse = (params) => params

export function run(count, { inFlight }) {
  const server = agent().onRequest('add', parse, ({ params }) => ({ value: params.value + 1 }))
  return client().connectWith(server, (context) =>
    inParallel(count, inFlight, async (value) => (await context.request('add', { value })).value),
  )
}
