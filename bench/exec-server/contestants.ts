import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { locateCodex } from 'codex-conduit'
import { connectStdio, connectWebSocket, type ExecServerClient } from 'codex-conduit/exec-server'
import type { Benchmark, Contestant } from './compare.js'

const BYTES = 50 * 1024 * 1024
const PROCESSES = 64
const PATTERN = Buffer.alloc(1024 * 1024, 'y\n')

interface Program {
  readonly command: string
  readonly args: readonly string[]
}

const REAL = (listen: string): Program => ({
  command: locateCodex().path,
  args: ['exec-server', '--listen', listen],
})
const OURS = (listen: string): Program => ({
  command: process.execPath,
  args: [
    '--import',
    'tsx',
    fileURLToPath(new URL('../../src/exec-server/cli.ts', import.meta.url)),
    '--listen',
    listen,
  ],
})

/** What a process writes through a pipe, from the real server and from ours, to our client over stdio. */
export const execServerStdio: Benchmark = throughput('stdio', overStdio)

/** The same over WebSocket. */
export const execServerWebSocket: Benchmark = throughput('WebSocket', overWebSocket)

/** Many processes that write at the same time; the peak of this program's memory is told. */
export const execServerLoad: Benchmark = load()

function throughput(kind: string, connect: typeof overStdio): Benchmark {
  const real = connection(() => connect(REAL))
  const ours = connection(() => connect(OURS))
  return {
    name: `\`yes | head -c 50M\` through a pipe and an exec-server over ${kind}`,
    count: BYTES,
    unit: 'bytes',
    contestants: [
      { name: 'real server, our client', run: async () => stream(await real.client(), BYTES) },
      { name: 'our server, our client', run: async () => stream(await ours.client(), BYTES) },
    ],
    close: async () => {
      await Promise.all([real.close(), ours.close()])
    },
  }
}

function load(): Benchmark {
  const bytes = 10 * 1024 * 1024
  const real = connection(() => overWebSocket(REAL))
  const ours = connection(() => overWebSocket(OURS))
  let peak = 0
  const contestant = (name: string, { client }: Connection): Contestant => ({
    name,
    run: async () => {
      const watch = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage.rss())
      }, 20)
      const server = await client()
      const sums = await Promise.all(Array.from({ length: PROCESSES }, () => stream(server, bytes)))
      clearInterval(watch)
      return sums.reduce((sum, one) => sum + one, 0)
    },
  })
  return {
    name: `${PROCESSES} processes that write 10 MiB each at the same time, over WebSocket`,
    count: PROCESSES * bytes,
    // It is about what is lost and kept in memory, rather than about speed.
    rounds: 1,
    unit: 'bytes',
    contestants: [contestant('real server, our client', real), contestant('our server, our client', ours)],
    close: async () => {
      console.log(`  peak memory of the client's process: ${Math.round(peak / 1e6)} MB`)
      await Promise.all([real.close(), ours.close()])
    },
  }
}

/** Reads all that a process writes, byte for byte; the number of bytes that were right. */
async function stream(client: ExecServerClient, bytes: number): Promise<number> {
  const argv = ['/bin/sh', '-c', `yes | head -c ${bytes}`]
  const child = await client.exec({ argv, cwd: '/tmp', env: { PATH: '/usr/bin:/bin' } })
  let count = 0
  for await (const chunk of child.stdout) {
    for (let at = 0; at < chunk.length; ) {
      const start = (count + at) % 2
      const length = Math.min(chunk.length - at, PATTERN.length - start)
      if (PATTERN.compare(chunk, at, at + length, start, start + length) !== 0) throw new Error('wrong bytes')
      at += length
    }
    count += chunk.length
  }
  if (count !== bytes) throw new Error(`${count} of ${bytes} bytes came`)
  return count
}

interface Connection {
  readonly client: () => Promise<ExecServerClient>
  readonly close: () => Promise<void>
}

interface Connected {
  readonly client: ExecServerClient
  readonly close: () => Promise<unknown>
}

/** A connection that is made when it is first needed. */
function connection(connect: () => Promise<Connected>): Connection {
  let made: Promise<Connected> | undefined
  const get = () => {
    made ??= connect()
    return made
  }
  return {
    client: async () => (await get()).client,
    close: async () => {
      if (made) await (await made).close()
    },
  }
}

async function overStdio(program: (listen: string) => Program): Promise<Connected> {
  const client = await connectStdio({ clientName: 'bench', ...program('stdio') })
  return { client, close: () => client.close() }
}

async function overWebSocket(program: (listen: string) => Program): Promise<Connected> {
  const { command, args } = program('ws://127.0.0.1:0')
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('ws://')) continue
    const client = await connectWebSocket({ clientName: 'bench', url: line })
    const close = async () => {
      await client.close()
      child.kill()
      await exited
    }
    return { client, close }
  }
  throw new Error('the server did not start')
}
