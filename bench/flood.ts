import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { stdio } from 'codex-conduit'
import { RpcPeer } from 'codex-conduit/rpc'
import type { Benchmark } from './compare.js'

const COUNT = 200_000
const SOURCE = fileURLToPath(new URL('flood-source.mjs', import.meta.url))

/** Notifications that a child process writes as fast as it can, handled one by one. */
export const flood: Benchmark = {
  name: `flood of ${COUNT} notifications over a child's stdout`,
  count: COUNT,
  unit: 'messages',
  contestants: [
    { name: 'limit: indexOf, JSON.parse', run: bare },
    { name: 'stdio + RpcPeer', run: peer },
  ],
}

async function bare(): Promise<number> {
  const child = spawn(process.execPath, [SOURCE, String(COUNT)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let sum = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let start = 0
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      const message = JSON.parse(bytes.toString('utf8', start, end)) as Delta
      if (message.method === 'item/agentMessage/delta') sum += message.params.delta.length
      start = end + 1
    }
    rest = bytes.subarray(start)
  }
  return sum
}

async function peer(): Promise<number> {
  let sum = 0
  const client = new RpcPeer(stdio({ command: process.execPath, args: [SOURCE, String(COUNT)] }), {
    onNotification: (message) => {
      if (message.method === 'item/agentMessage/delta')
        sum += (message as unknown as Delta).params.delta.length
    },
  })
  await client.start()
  await client.closed
  await client.close()
  return sum
}

interface Delta {
  readonly method: string
  readonly params: { readonly delta: string }
}
