// `npx tsx scripts/exec-server-load.ts [processes] [megabytes]`: many processes stream at once through an exec-server of
// its own, over WebSocket. Counts every byte, and shows the most memory that the server took.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { spawnChild } from '../src/process/index.js'
import { RpcPeer } from '../src/rpc/index.js'
import { webSocket } from '../src/transports/websocket.js'

const [processes = 64, megabytes = 10] = process.argv.slice(2).map(Number)
const bytesEach = megabytes * 1_000_000
const program = fileURLToPath(new URL('../src/exec-server/cli.ts', import.meta.url))
const server = spawnChild({ command: process.execPath, args: ['--import', 'tsx', program] })
const [banner] = (await once(server.stdout, 'data')) as [Buffer]

const received = new Map<string, number>()
const lastSeq = new Map<string, number>()
let gaps = 0
let closed = 0
let resolveAll = () => {}
const all = new Promise<void>((resolve) => {
  resolveAll = resolve
})

interface Notified {
  readonly processId: string
  readonly seq: number
  readonly chunk?: string
}

const peer = new RpcPeer(webSocket(banner.toString().trim()), {
  jsonrpcHeader: false,
  onNotification: ({ method, params }) => {
    const { processId, seq, chunk = '' } = params as Notified
    if (seq !== (lastSeq.get(processId) ?? 0) + 1) gaps += 1
    lastSeq.set(processId, seq)
    received.set(processId, (received.get(processId) ?? 0) + Buffer.byteLength(chunk, 'base64'))
    if (method === 'process/closed') closed += 1
    if (closed === processes) resolveAll()
  },
})

/** A line of the server's `/proc/…/status`, in MB. */
function memory(name: 'VmRSS' | 'VmHWM'): string {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  return `${Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1000)} MB`
}

await peer.start()
await peer.request('initialize', { clientName: 'load', resumeSessionId: null })
peer.notify('initialized', {})
const before = memory('VmRSS')
const began = performance.now()
for (let index = 0; index < processes; index += 1) {
  const argv = ['/bin/sh', '-c', `head -c ${bytesEach} /dev/zero`]
  const params = {
    processId: `p${index}`,
    argv,
    cwd: 'file:///tmp',
    env: { PATH: '/usr/bin:/bin' },
    tty: false,
  }
  await peer.request('process/start', params)
}
await all
const seconds = (performance.now() - began) / 1000
const wrong = [...received.values()].filter((bytes) => bytes !== bytesEach).length
const total = processes * megabytes
console.log(`${processes} processes × ${megabytes} MB: ${wrong} with other than all of it, ${gaps} gaps`)
console.log(
  `${seconds.toFixed(1)} s, ${(total / seconds).toFixed(0)} MB/s; server: ${before} before, at most ${memory('VmHWM')}`,
)
await peer.close()
await server.terminate()
process.exitCode = wrong > 0 || gaps > 0 ? 1 : 0
