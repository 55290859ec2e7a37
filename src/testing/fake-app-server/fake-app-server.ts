import type { Received } from '../../protocol/index.js'
import { RpcError } from '../../rpc/errors.js'
import { isThenable, toError } from '../../rpc/guard.js'
import type { RequestId } from '../../rpc/messages.js'
import type { Transport } from '../../rpc/transport.js'
import { memoryPair } from '../../transports/memory.js'
import { streams } from '../../transports/streams.js'
import { ConduitError, InvalidInputError } from '../../util/errors.js'
import { checkFunction, checkKnownKeys, checkOptions, checkSignal, checkString } from '../../util/validate.js'
import { Waiters } from '../model-stub/waiters.js'
import { FakeClient, type ServerRequestAnswer } from './client.js'
import { Core, type RequestScene } from './core.js'
import { listenWebSocket, type WebSocketListener, type WebSocketListenOptions } from './listen-websocket.js'
import { checkParams, checkStable } from './params.js'
import { refusal } from './refusals.js'
import { answererOf, checkMethod } from './requests.js'
import type { TurnMatcher, TurnRuleOptions } from './turn-rules.js'
import type { TurnScript } from './turn-script.js'

/** Settings of {@link createFakeAppServer}. */
export interface FakeAppServerOptions {
  /** The model that threads run with unless they ask for another. @default 'gpt-5.5' */
  readonly model?: string
  /** Folder that it claims to be Codex's home. Nothing is read or written there. @default '/fake-codex-home' */
  readonly codexHome?: string
}

/** A request or notification that the fake server got. */
export interface ReceivedRequest {
  readonly method: string
  /** The params as they came, unchecked. */
  readonly params: unknown
  /** `undefined` for notifications. */
  readonly id: RequestId | undefined
}

/** Answers a request that the fake server does not know: returns the result, or throws an `RpcError` to refuse. */
export type FakeRequestHandler = (params: unknown, request: ReceivedRequest) => unknown

/** What waits for a fake server rejects with when the server closes first. */
export class FakeAppServerClosedError extends ConduitError {
  readonly code = 'FAKE_APP_SERVER_CLOSED'

  constructor() {
    super('The fake app-server was closed')
  }
}

/** Sets up a fake server: adds scripts and handlers. What a promise of it rejects with is added to `fake.errors`. */
export type FakeAppServerScript = (fake: FakeAppServer) => unknown

/**
 * An app-server without Codex, for tests: it speaks the protocol, keeps threads, refuses what Codex refuses in the
 * same words, and lets a script say what happens in each turn. It runs nothing, writes nothing, asks no model, and
 * waits for no clock. Make one with {@link createFakeAppServer}.
 */
export class FakeAppServer implements AsyncDisposable {
  /** Requests and notifications of all clients, in order of arrival. */
  readonly received: ReceivedRequest[] = []
  readonly #core: Core
  readonly #handlers = new Map<string, FakeRequestHandler>()
  readonly #waiters = new Waiters<ReceivedRequest>()
  readonly #listeners = new Set<WebSocketListener>()
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(options: FakeAppServerOptions) {
    this.#core = new Core(options.model ?? 'gpt-5.5', options.codexHome ?? '/fake-codex-home')
  }

  /** What scripts and handlers threw, oldest first. Their turns failed, their requests were refused. */
  get errors(): readonly Error[] {
    return this.#core.errors
  }

  /** The threads with all of their turns, oldest first, as Codex describes them. */
  get threads(): readonly Received.Thread[] {
    return this.#core.threads.all.map((thread) => thread.describeFully())
  }

  /**
   * Lets a script say what happens in a turn. The first that was added and matches answers; a turn that none
   * answers says `ok`. Returns a function that takes the script away. Throws `InvalidInputError` for a wrong matcher.
   */
  onTurn(script: TurnScript): () => void
  onTurn(matcher: TurnMatcher, script: TurnScript, options?: TurnRuleOptions): () => void
  onTurn(first: TurnMatcher | TurnScript, script?: TurnScript, options?: TurnRuleOptions): () => void {
    return script === undefined
      ? this.#core.rules.add(undefined, first)
      : this.#core.rules.add(first as TurnMatcher, script, options)
  }

  /**
   * Answers a method of the protocol in place of the fake server, for what it does not know by itself. Returns
   * a function that takes the handler away. An error that is no `RpcError` is added to {@link errors}.
   */
  onRequest(method: string, handler: FakeRequestHandler): () => void {
    checkString('method', method ?? null)
    checkFunction('handler', handler ?? null)
    this.#handlers.set(method, handler)
    return () => {
      if (this.#handlers.get(method) === handler) this.#handlers.delete(method)
    }
  }

  /**
   * Makes a client's end of a connection in this process. The client that gets it starts and closes it. Throws
   * {@link FakeAppServerClosedError} when the server was closed.
   */
  connect(): Transport {
    const [near, far] = memoryPair()
    // An end in this process cannot fail to open.
    void this.#serve(far).start()
    return near
  }

  /**
   * Serves one client over a transport, which it owns from now on. Resolves when the transport is open; rejects when
   * it cannot be opened, with {@link FakeAppServerClosedError} when the server was closed, and with
   * `InvalidInputError` for what is no transport.
   */
  async serve(transport: Transport): Promise<void> {
    const { start, send, close } = (transport ?? {}) as Partial<Transport>
    if ([start, send, close].some((member) => typeof member !== 'function')) {
      throw new InvalidInputError('transport', transport, 'a Transport')
    }
    const client = this.#serve(transport)
    try {
      await client.start()
    } catch (error) {
      // A transport that was never open need not tell of its end.
      this.#forget(client)
      throw error
    }
  }

  /**
   * Serves the program that started this process, over the standard streams, which must not be used for anything
   * else. Resolves when that program has ended its side.
   */
  async listenStdio(): Promise<void> {
    const transport = streams({
      readable: process.stdin,
      writable: process.stdout,
      invalidJson: 'report',
    })
    const client = this.#serve(transport)
    await client.start()
    await client.closed
  }

  /** Serves clients on a WebSocket of loopback. Rejects when the port cannot be had. */
  async listenWebSocket(options: WebSocketListenOptions = {}): Promise<WebSocketListener> {
    if (this.#closing) throw new FakeAppServerClosedError()
    const listener = await listenWebSocket(options, (transport) => this.serve(transport))
    this.#listeners.add(listener)
    if (this.#closing) await listener.close()
    return listener
  }

  /**
   * Resolves with a request that was received, or that comes: the first of a method, or the first that a function
   * accepts. Rejects with {@link FakeAppServerClosedError} when the server closes first, and with `AbortError` when
   * the signal aborts.
   */
  async waitForRequest(
    which: string | ((request: ReceivedRequest) => boolean),
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<ReceivedRequest> {
    if (typeof which !== 'string' && typeof which !== 'function') {
      throw new InvalidInputError('which', which, 'a method or a function')
    }
    checkOptions('options', options)
    checkSignal('signal', options.signal)
    const accepts = typeof which === 'string' ? ({ method }: ReceivedRequest) => method === which : which
    const seen = this.received.find(accepts)
    if (seen) return seen
    if (this.#closing) throw new FakeAppServerClosedError()
    return this.#waiters.wait(accepts, 'Waiting for a request', options.signal)
  }

  /** Ends every turn and connection, and stops listening. Idempotent, never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#waiters.fail(new FakeAppServerClosedError())
    // Codex that is ended tells of no turn's end.
    const clients = [...this.#core.clients]
    // A transport of somebody else may fail to close; the others must be closed none the less.
    await Promise.allSettled(clients.map((client) => client.close()))
    for (const thread of this.#core.threads.all) thread.running?.interrupt()
    await Promise.all([...this.#listeners].map((listener) => listener.close()))
  }

  #serve(transport: Transport): FakeClient {
    if (this.#closing) throw new FakeAppServerClosedError()
    const client = new FakeClient(transport, {
      request: (...request) => this.#receive(...request),
      notification: (_client, method, params) => this.#record({ method, params, id: undefined }),
      answer: (id: RequestId, answer: ServerRequestAnswer) => this.#core.requests.answer(id, answer),
      left: () => this.#forget(client),
    })
    this.#core.clients.add(client)
    return client
  }

  #receive(client: FakeClient, id: RequestId, method: string, params: unknown): void {
    const answer = onlyOnce((result: unknown) => client.respond(id, result))
    const refuse = (error: unknown) => client.refuse(id, this.#toRefusal(error))
    const then: (() => void)[] = []
    try {
      const request = { method, params, id }
      const handler = this.#handlers.get(method)
      if (!handler) checkMethod(method)
      checkParams(method, params)
      if (method !== 'initialize' && !client.isInitialized) throw refusal.notInitialized()
      if (method !== 'initialize' && !client.hasExperimentalApi) checkStable(method, params)
      const scene: RequestScene = { core: this.#core, client, after: (what) => then.push(what), answer }
      if (handler) {
        // Whatever else it is answered with, a handshake was made.
        if (method === 'initialize') answererOf(method)(params as never, scene)
        const result = handler(params, request)
        // What it resolves with may have no JSON form.
        if (isThenable(result)) Promise.resolve(result).then(answer).catch(refuse)
        else answer(result)
      } else {
        answer(answererOf(method)((params ?? {}) as never, scene))
      }
    } catch (error) {
      refuse(error)
    } finally {
      this.#record({ method, params, id })
    }
    for (const what of then) what()
  }

  /** @internal */
  noteError(error: unknown): void {
    this.#core.scriptFailed(toError(error))
  }

  #toRefusal(error: unknown): RpcError {
    if (error instanceof RpcError) return error
    this.noteError(error)
    return RpcError.internal(toError(error).message)
  }

  #record(request: ReceivedRequest): void {
    this.received.push(request)
    this.#waiters.offer(request)
  }

  #forget(client: FakeClient): void {
    this.#core.clients.delete(client)
    for (const thread of this.#core.threads.all) thread.subscribers.delete(client)
  }
}

/**
 * Makes a fake server.
 *
 * @param script - sets it up; it may also be scripted later, through the server itself
 */
export function createFakeAppServer(
  script?: FakeAppServerScript,
  options: FakeAppServerOptions = {},
): FakeAppServer {
  checkFunction('script', script)
  checkOptions('options', options)
  checkKnownKeys(options, { model: true, codexHome: true })
  checkString('model', options.model)
  checkString('codexHome', options.codexHome)
  const fake = new FakeAppServer(options)
  const isSetUp: unknown = script?.(fake)
  if (isThenable(isSetUp)) isSetUp.then(undefined, (error: unknown) => fake.noteError(error))
  return fake
}

function onlyOnce(what: (value: unknown) => void): (value: unknown) => void {
  let isDone = false
  return (value) => {
    if (isDone) return
    isDone = true
    what(value)
  }
}
