import { Codex, type CodexOptions, type Turn, type TurnEvent } from '../../src/client/index.js'
import { RpcError } from '../../src/rpc/errors.js'
import type { Transport, WireMessage } from '../../src/rpc/transport.js'
import { memoryPair } from '../../src/transports/memory.js'

/** A message that the double received. */
export interface Received {
  readonly id?: string | number
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}

/** What a handler returns to leave a request without an answer. */
export const SILENCE = Symbol('silence')

type Handler = (params: Record<string, unknown>, id: string | number) => unknown

export const THREAD = 'thread-1'

/**
 * An app-server that says what a test scripts, word by word: it can answer twice, never, or nonsense. By
 * default it shakes hands, starts threads called `thread-1` and turns called `turn-1`, `turn-2` and so on.
 */
export class AppServerDouble {
  readonly received: Received[] = []
  readonly #transport: Transport
  readonly #handlers = new Map<string, Handler>()
  readonly #watchers = new Set<() => void>()
  #turns = 0

  constructor(transport: Transport) {
    this.#transport = transport
    transport.onmessage = (message) => this.#receive(message as Received)
    this.handle('initialize', () => ({ userAgent: 'double/1', codexHome: '/h' }))
      .handle('thread/start', () => ({ thread: { id: THREAD } }))
      .handle('thread/resume', ({ threadId }) => ({ thread: { id: threadId } }))
      .handle('turn/start', () => {
        this.#turns += 1
        return { turn: { id: `turn-${this.#turns}` } }
      })
      .handle('turn/steer', () => ({}))
      .handle('turn/interrupt', () => ({}))
  }

  start(): Promise<void> {
    return this.#transport.start()
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  /** Answers a method with what the handler returns, or with the `RpcError` that it throws. */
  handle(method: string, handler: Handler): this {
    this.#handlers.set(method, handler)
    return this
  }

  /** Sends a message as it is. */
  send(message: WireMessage): void {
    this.#transport.send(message)
  }

  notify(method: string, params: unknown): void {
    this.send({ method, params })
  }

  /** A notification of the one thread; `turnId` names the turn as the method does it. */
  tell(method: string, turnId?: string, params: object = {}): void {
    const named = method === 'turn/started' || method === 'turn/completed'
    const address = turnId === undefined ? {} : named ? { turn: { id: turnId, ...params } } : { turnId }
    this.notify(method, { threadId: THREAD, ...address, ...(named ? {} : params) })
  }

  /** A message item of a turn, from its beginning to its end. */
  say(turnId: string, text: string, itemId = 'item-1'): void {
    const item = { type: 'agentMessage', id: itemId }
    this.tell('item/started', turnId, { item: { ...item, text: '' } })
    this.tell('item/agentMessage/delta', turnId, { itemId, delta: text })
    this.tell('item/completed', turnId, { item: { ...item, text } })
  }

  /** The end of a turn. */
  complete(turnId: string, status = 'completed', error: unknown = null): void {
    this.tell('turn/completed', turnId, { status, error })
  }

  /** The messages of a method so far. */
  calls(method: string): Received[] {
    return this.received.filter((message) => message.method === method)
  }

  /** Resolves with the `which`-th message of a method, from 1. */
  call(method: string, which = 1): Promise<Received> {
    return this.until(() => this.calls(method)[which - 1])
  }

  /** Resolves with the client's answer to a request of the double. */
  answer(id: string | number): Promise<Received> {
    return this.until(() => this.received.find((one) => one.method === undefined && one.id === id))
  }

  /** Resolves when a condition on what was received holds. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  #receive(message: Received): void {
    this.received.push(message)
    const { id, method, params = {} } = message
    const handler = method === undefined ? undefined : this.#handlers.get(method)
    if (id !== undefined && method !== undefined) this.#respond(id, method, handler, params)
    for (const wake of this.#watchers) wake()
    this.#watchers.clear()
  }

  #respond(
    id: string | number,
    method: string,
    handler: Handler | undefined,
    params: Record<string, unknown>,
  ): void {
    try {
      if (!handler)
        throw new RpcError(-32600, `unknown variant \`${method}\`, expected one of \`turn/start\``)
      const result = handler(params, id)
      if (result !== SILENCE) this.send({ id, result })
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      this.send({ id, error: error.toWire() })
    }
  }
}

/** A client and the double that it is connected to. */
export async function connectDouble(
  options: CodexOptions = {},
  prepare: (server: AppServerDouble) => void = () => {},
) {
  const [near, far] = memoryPair()
  const server = new AppServerDouble(far)
  prepare(server)
  await server.start()
  const codex = await Codex.connect(near, options)
  const thread = await codex.startThread()
  return { codex, server, thread }
}

/** Reads a turn to its end. */
export async function readAll(turn: Turn<unknown>): Promise<TurnEvent[]> {
  const events: TurnEvent[] = []
  for await (const event of turn) events.push(event)
  return events
}

export function typesOf(events: readonly TurnEvent[]): string[] {
  return events.map((event) => event.type)
}

/** Lets everything that is already on its way arrive: memory transports deliver in microtasks. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await Promise.resolve()
}
