import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import {
  connectInProcess,
  connectStdio,
  connectWebSocket,
  type ExecClientOptions,
  ExecServer,
  ExecServerClient,
  spawnLocalExecServer,
} from '../../../src/exec-server/index.js'
import { locateCodex, spawnChild } from '../../../src/process/index.js'
import { memoryPair } from '../../../src/transports/memory.js'

export const OPTIONS: ExecClientOptions = { clientName: 'test' }
export const ENV = { PATH: '/usr/bin:/bin' }

/** Has something done when the test, or the group of tests, is over. */
export type Defer = (cleanup: () => Promise<void>) => void

/** One way for our client to reach a server. */
export interface Pairing {
  readonly name: string
  /** Whether the server sends HTTP requests. */
  readonly hasHttp: boolean
  readonly connect: (defer: Defer) => Promise<ExecServerClient>
}

/** Closes the client when the test is over. */
export function closing(client: ExecServerClient, defer: Defer = onTestFinished): ExecServerClient {
  defer(() => client.close())
  return client
}

function ourServer(defer: Defer): ExecServer {
  const server = new ExecServer({ http: true })
  defer(() => server.close())
  return server
}

/** The arguments that run our program from its source. */
export const OUR_PROGRAM = [
  '--import',
  'tsx',
  fileURLToPath(new URL('../../../src/exec-server/cli.ts', import.meta.url)),
]

/** Starts a program that listens and resolves with the URL that it prints. */
export async function listening(
  command: string,
  args: readonly string[],
  defer: Defer = onTestFinished,
): Promise<string> {
  const child = spawnChild({ command, args })
  defer(async () => {
    await child.terminate({ force: true })
  })
  for await (const line of createInterface(child.stdout)) if (line.startsWith('ws://')) return line
  throw new Error('it printed no URL')
}

export const PAIRINGS: readonly Pairing[] = [
  {
    name: 'our server over memory',
    hasHttp: true,
    connect: async (defer) => {
      const [ours, theirs] = memoryPair()
      ourServer(defer).accept(theirs)
      return closing(await ExecServerClient.connect(ours, OPTIONS), defer)
    },
  },
  {
    name: 'our server in process',
    hasHttp: true,
    connect: async (defer) => closing(await connectInProcess(ourServer(defer), OPTIONS), defer),
  },
  {
    name: 'our server over stdio',
    // The program allows none.
    hasHttp: false,
    connect: async (defer) => {
      const args = [...OUR_PROGRAM, '--listen', 'stdio://']
      return closing(await connectStdio({ ...OPTIONS, command: process.execPath, args }), defer)
    },
  },
  {
    name: 'our server over WebSocket',
    hasHttp: true,
    connect: async (defer) => {
      const { url } = await ourServer(defer).listenWebSocket()
      return closing(await connectWebSocket({ ...OPTIONS, url }), defer)
    },
  },
  {
    name: 'the real server over stdio',
    hasHttp: true,
    connect: async (defer) => closing(await spawnLocalExecServer(OPTIONS), defer),
  },
  {
    name: 'the real server over WebSocket',
    hasHttp: true,
    connect: async (defer) => {
      const args = ['exec-server', '--listen', 'ws://127.0.0.1:0']
      const url = await listening(locateCodex().path, args, defer)
      return closing(await connectWebSocket({ ...OPTIONS, url }), defer)
    },
  },
]

/** All of a stream as text. */
export async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** Reads until the text so far contains a word; the text. The stream can be read on. */
export function reader(stream: AsyncIterable<Buffer>): {
  until(word: string): Promise<string>
  end(): Promise<void>
} {
  const iterator = stream[Symbol.asyncIterator]()
  let text = ''
  return {
    until: async (word) => {
      while (!text.includes(word)) {
        const { value, done } = await iterator.next()
        if (done) throw new Error(`the stream ended before ${JSON.stringify(word)}: ${JSON.stringify(text)}`)
        text += value.toString()
      }
      return text
    },
    end: async () => {
      while (!(await iterator.next()).done);
    },
  }
}
