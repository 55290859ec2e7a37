import { readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { type ExecClientOptions, ExecServerClient } from '../../../src/exec-server/index.js'
import { RpcPeer, type Transport, type WireMessage } from '../../../src/rpc/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { closing, OPTIONS } from './support.js'

/** A server that says what the test wants, behind a transport for our client. */
export class FakeServer {
  readonly transport: Transport
  readonly peer: RpcPeer
  /** What the client asked, in order. */
  readonly asked: { readonly method: string; readonly params: unknown }[] = []
  readonly #watchers = new Set<() => void>()

  constructor(greeting: unknown = { sessionId: 'session', environmentInfo: { cwd: 'file:///tmp' } }) {
    const [ours, theirs] = memoryPair()
    this.transport = ours
    this.peer = new RpcPeer(theirs, {
      jsonrpcHeader: false,
      onRequest: (method, params) => {
        this.asked.push({ method, params })
        for (const wake of this.#watchers) wake()
        this.#watchers.clear()
        // Never answered, unless the test handles it.
        return new Promise(() => {})
      },
    })
    this.answer('initialize', () => greeting)
    onTestFinished(() => this.peer.close())
    void this.peer.start()
  }

  /** Answers a method from now on. */
  answer(method: string, handler: (params: never) => unknown): void {
    this.peer.handle(method, (params) => {
      this.asked.push({ method, params })
      return handler(params as never)
    })
  }

  /** Resolves when a method that nobody answers has been asked. */
  async until(method: string): Promise<unknown> {
    for (;;) {
      const found = this.asked.find((one) => one.method === method)
      if (found) return found.params
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  /** Tells of a process `p`. */
  tell(method: 'output' | 'exited' | 'closed', seq: number | undefined, more: object = {}): void {
    this.peer.notify(`process/${method}`, { processId: 'p', seq, ...more })
  }

  output(seq: number, text: string, stream = 'stdout'): void {
    this.tell('output', seq, { stream, chunk: Buffer.from(text).toString('base64') })
  }

  connect(options: Partial<ExecClientOptions> = {}): Promise<ExecServerClient> {
    return ExecServerClient.connect(this.transport, { ...OPTIONS, ...options }).then((client) =>
      closing(client),
    )
  }
}

/**
 * Plays the server's part of a recorded conversation. What the client says must be what was recorded; `done` resolves
 * when all of it was said.
 */
export function replay(name: string): { readonly transport: Transport; readonly done: Promise<void> } {
  const path = new URL(`../../fixtures/exec-server/${name}.jsonl`, import.meta.url)
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const script = lines.map((line) => JSON.parse(line) as { client?: WireMessage; server?: WireMessage })
  const [ours, theirs] = memoryPair()
  let at = 0
  const done = new Promise<void>((resolve, reject) => {
    theirs.onmessage = (message) => {
      const expected = script[at++]?.client
      if (JSON.stringify(message) !== JSON.stringify(expected)) {
        reject(new Error(`expected ${JSON.stringify(expected)}, the client said ${JSON.stringify(message)}`))
        void theirs.close()
        return
      }
      for (let next = script[at]?.server; next; next = script[++at]?.server) theirs.send(next)
      if (at === script.length) resolve()
    }
    theirs.onclose = () => reject(new Error('the client closed before the end'))
  })
  done.catch(() => {})
  void theirs.start()
  return { transport: ours, done }
}
