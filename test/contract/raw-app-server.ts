import { type ChildHandle, locateCodex, spawnChild } from '../../src/process/index.js'

/** A message as the app-server writes it. */
export interface RawMessage {
  readonly id?: number
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown>
  readonly error?: unknown
}

/** Drives the real app-server with plain JSON lines, so that facts are seen as they are on the wire. */
export class RawAppServer implements AsyncDisposable {
  readonly #child: ChildHandle
  readonly #messages: RawMessage[] = []
  readonly #watchers = new Set<() => void>()
  #nextId = 1
  #isGone = false

  private constructor(child: ChildHandle) {
    this.#child = child
    let rest = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      this.#messages.push(
        ...lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RawMessage),
      )
      this.#wake()
    })
    child.exited.then(() => {
      this.#isGone = true
      this.#wake()
    })
  }

  /** Starts the binary and shakes hands. */
  static async start(env: Readonly<Record<string, string>>): Promise<RawAppServer> {
    const codex = locateCodex()
    const child = spawnChild({ command: codex.path, args: ['app-server'], env })
    await child.spawned
    const server = new RawAppServer(child)
    const clientInfo = { name: 'contract-test', version: '1' }
    await server.request('initialize', { clientInfo, capabilities: { experimentalApi: true } })
    return server
  }

  /** Sends a request; resolves with the whole response, be it a result or an error. */
  async call(method: string, params: object): Promise<RawMessage> {
    const id = this.#nextId++
    this.#child.stdin.write(`${JSON.stringify({ id, method, params })}\n`)
    return this.until((message) => message.method === undefined && message.id === id)
  }

  /** Sends a request; resolves with its result and rejects when it was refused. */
  async request(method: string, params: object): Promise<Record<string, unknown>> {
    const { result, error } = await this.call(method, params)
    if (result === undefined) throw new Error(`${method}: ${JSON.stringify(error)}`)
    return result
  }

  /** Resolves with the first message that is accepted, seen already or to come. */
  async until(accepts: (message: RawMessage) => boolean): Promise<RawMessage> {
    for (let next = 0; ; ) {
      const found = this.#messages.slice(next).find(accepts)
      if (found) return found
      next = this.#messages.length
      if (this.#isGone) throw new Error(`Codex exited: ${this.#child.stderrTail()}`)
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end()
    await this.#child.terminate()
  }

  #wake(): void {
    for (const resolve of this.#watchers) resolve()
    this.#watchers.clear()
  }
}
