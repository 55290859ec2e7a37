import type { Transport } from '../../../src/rpc/transport.js'
import { type Logged, type LoggedMessage, LoggedTransport } from './logged-transport.js'

/** What a client answers a request of the server with; nothing leaves it waiting. */
export type Reply = Pick<LoggedMessage, 'result'> | Pick<LoggedMessage, 'error'> | undefined

/** A client that speaks the protocol word by word, to whatever server. */
export class RawClient {
  /** How requests of the server are answered. */
  reply: (request: LoggedMessage) => Reply = () => undefined
  readonly #transport: LoggedTransport
  readonly #watchers = new Set<() => void>()
  #nextId = 1

  constructor(transport: Transport) {
    this.#transport = new LoggedTransport(transport)
    this.#transport.onmessage = (message) => {
      const asked = message as LoggedMessage
      const reply = asked.method !== undefined && asked.id !== undefined ? this.reply(asked) : undefined
      if (reply) this.#transport.send({ id: asked.id, ...reply })
      this.#wake()
    }
    this.#transport.onclose = () => this.#wake()
  }

  /** Everything that went over the connection. */
  get log(): readonly Logged[] {
    return this.#transport.log
  }

  start(): Promise<void> {
    return this.#transport.start()
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  /** Shakes hands. */
  async initialize(capabilities: object | null = { experimentalApi: true }): Promise<void> {
    await this.call('initialize', { clientInfo: { name: 'conformance', version: '1' }, capabilities })
  }

  /** Sends a request; resolves with the whole response. */
  call(method: string, params?: unknown): Promise<LoggedMessage> {
    const id = this.#nextId++
    this.#transport.send(params === undefined ? { id, method } : { id, method, params })
    return this.until((message) => message.method === undefined && message.id === id)
  }

  /** Sends a message as it is. */
  send(message: object): void {
    this.#transport.send(message)
  }

  /** Starts a thread; resolves with its id. */
  async startThread(params: object = {}): Promise<string> {
    const { result, error } = await this.call('thread/start', params)
    if (error) throw new Error(error.message)
    return (result as { thread: { id: string } }).thread.id
  }

  /** Starts a turn; resolves with its id when it was answered. */
  async startTurn(threadId: string, text: string, more: object = {}): Promise<string> {
    const input = text === '' ? [] : [{ type: 'text', text }]
    const { result, error } = await this.call('turn/start', { threadId, input, ...more })
    if (error) throw new Error(error.message)
    return (result as { turn: { id: string } }).turn.id
  }

  /** Runs a turn to its end. */
  async runTurn(threadId: string, text: string, more: object = {}): Promise<string> {
    const turnId = await this.startTurn(threadId, text, more)
    await this.completed(turnId)
    return turnId
  }

  /** Resolves when a turn has ended. */
  completed(turnId: string): Promise<LoggedMessage> {
    return this.until(
      ({ method, params }) =>
        method === 'turn/completed' && (params?.turn as { id?: string } | undefined)?.id === turnId,
    )
  }

  /** Resolves with the first message of the server that is accepted, seen already or to come. */
  async until(accepts: (message: LoggedMessage) => boolean): Promise<LoggedMessage> {
    for (let next = 0; ; ) {
      const found = this.log.slice(next).find(({ from, message }) => from === 'server' && accepts(message))
      if (found) return found.message
      next = this.log.length
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  #wake(): void {
    for (const resolve of this.#watchers) resolve()
    this.#watchers.clear()
  }
}
