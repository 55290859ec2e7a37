import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { expect, onTestFinished } from 'vitest'
import {
  type ExecMethod,
  type ExecParams,
  ExecServer,
  type ExecServerOptions,
  pathToUri,
} from '../../src/exec-server/index.js'
import { type ChildHandle, locateCodex, spawnChild } from '../../src/process/index.js'
import { RpcPeer } from '../../src/rpc/index.js'
import { memoryPair } from '../../src/transports/memory.js'

/** A message as a server writes it. */
export interface RawMessage {
  readonly id?: number | string
  readonly method?: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server sent
  readonly params?: any
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server sent
  readonly result?: any
  readonly error?: { readonly code: number; readonly message: string }
}

/** Speaks with a server in raw lines, so that facts are seen as they are on the wire. */
export class RawClient {
  readonly messages: RawMessage[] = []
  isEnded = false
  readonly #writable: Writable
  readonly #watchers = new Set<() => void>()
  #nextId = 1

  constructor(readable: Readable, writable: Writable) {
    this.#writable = writable
    writable.on('error', () => {})
    let rest = ''
    readable.setEncoding('utf8')
    readable.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line !== '') this.messages.push(JSON.parse(line) as RawMessage)
      this.#wake()
    })
    readable.once('close', () => {
      this.isEnded = true
      this.#wake()
    })
  }

  /** Sends a line as it is. */
  line(text: string): void {
    this.#writable.write(`${text}\n`)
  }

  /** Ends the input of the server. */
  end(): void {
    this.#writable.end()
  }

  /** Sends a request; resolves with the whole response, be it a result or an error. */
  async call(method: string, params?: unknown): Promise<RawMessage> {
    const id = this.#nextId++
    this.line(JSON.stringify({ id, method, params }))
    return this.until((message) => message.method === undefined && message.id === id)
  }

  /** Shakes hands as the current Codex does. */
  async shakeHands(resumeSessionId: string | null = null): Promise<RawMessage> {
    const answer = await this.call('initialize', { clientName: 'test', resumeSessionId })
    this.line('{"method":"initialized","params":{}}')
    return answer
  }

  /** Resolves with the first message that is accepted, seen already or to come. */
  async until(accepts: (message: RawMessage) => boolean): Promise<RawMessage> {
    for (let next = 0; ; ) {
      const found = this.messages.slice(next).find(accepts)
      if (found) return found
      next = this.messages.length
      if (this.isEnded) throw new Error('the server has ended the connection')
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  /** Resolves when the server has ended the connection. */
  async ended(): Promise<void> {
    while (!this.isEnded) await new Promise<void>((resolve) => this.#watchers.add(resolve))
  }

  #wake(): void {
    for (const resolve of this.#watchers) resolve()
    this.#watchers.clear()
  }
}

/** Our server behind raw lines. It is gone when the test is over. */
export function ourServer(options: ExecServerOptions = {}): RawClient {
  const server = new ExecServer(options)
  const [input, output] = [new PassThrough(), new PassThrough()]
  void server.listenStdio({ readable: input, writable: output })
  onTestFinished(() => server.close())
  return new RawClient(output, input)
}

/** The real server behind raw lines. It is gone when the test is over. */
export async function realServer(env: Readonly<Record<string, string>> = {}): Promise<RawClient> {
  const codex = locateCodex()
  const args = ['exec-server', '--listen', 'stdio']
  const child: ChildHandle = spawnChild({ command: codex.path, args, env })
  onTestFinished(async () => {
    await child.terminate({ force: true })
  })
  await child.spawned
  return new RawClient(child.stdout, child.stdin)
}

/** A folder that is removed when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'conduit-exec-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** What a notification of a process carries. */
export interface Notified {
  readonly method: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server sent
  readonly params: any
}

/** A client of our server in this process, past the handshake, with what it was told. */
export class TestClient {
  readonly peer: RpcPeer
  readonly notified: Notified[] = []
  sessionId = ''
  readonly #watchers = new Set<() => void>()

  constructor(server: ExecServer) {
    const [ours, theirs] = memoryPair()
    server.accept(theirs)
    this.peer = new RpcPeer(ours, {
      jsonrpcHeader: false,
      onNotification: ({ method, params }) => {
        this.notified.push({ method, params })
        for (const wake of this.#watchers) wake()
        this.#watchers.clear()
      },
    })
    onTestFinished(() => this.peer.close())
  }

  async shakeHands(params: object = { clientName: 'test', resumeSessionId: null }): Promise<this> {
    await this.peer.start()
    const { sessionId } = (await this.peer.request('initialize', params)) as { sessionId: string }
    this.sessionId = sessionId
    this.peer.notify('initialized', {})
    return this
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever comes
  call(method: string, params: object = {}): Promise<any> {
    return this.peer.request(method, params)
  }

  /** Starts a shell command. */
  sh(processId: string, script: string, more: Partial<ExecParams<'process/start'>> = {}): Promise<unknown> {
    return this.call(
      'process/start' satisfies ExecMethod,
      startParams(processId, ['/bin/sh', '-c', script], more),
    )
  }

  /** Resolves with the first notification that is accepted, seen already or to come. */
  async until(accepts: (notified: Notified) => boolean): Promise<Notified> {
    for (let next = 0; ; ) {
      const found = this.notified.slice(next).find(accepts)
      if (found) return found
      next = this.notified.length
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  /** Resolves when a process has closed, with everything it wrote. */
  async output(processId: string): Promise<string> {
    await this.until(({ method, params }) => method === 'process/closed' && params.processId === processId)
    return Buffer.concat(
      this.notified
        .filter(({ method, params }) => method === 'process/output' && params.processId === processId)
        .map(({ params }) => Buffer.from(params.chunk, 'base64')),
    ).toString()
  }
}

/** A server that is gone when the test is over. */
export function testServer(options: ExecServerOptions = {}): ExecServer {
  const server = new ExecServer(options)
  onTestFinished(() => server.close())
  return server
}

/** A client of a server of its own. */
export async function connectedClient(options: ExecServerOptions = {}): Promise<TestClient> {
  return new TestClient(testServer(options)).shakeHands()
}

/** The parameters of a start. */
export function startParams(
  processId: string,
  argv: string[],
  more: Partial<ExecParams<'process/start'>> = {},
): ExecParams<'process/start'> {
  const env = { PATH: '/usr/bin:/bin' }
  return { processId, argv, cwd: pathToUri(tmpdir()), env, tty: false, ...more }
}

/** The text as it travels. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** Looks again and again until a value is as expected; long enough for a machine that has much else to do. */
export function eventually<T>(look: () => T | Promise<T>) {
  return expect.poll(look, { timeout: 20_000, interval: 20 })
}
