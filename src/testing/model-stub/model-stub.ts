import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConduitError, InvalidInputError } from '../../util/errors.js'
import { checkInteger, checkKnownKeys, checkOptions, checkSignal } from '../../util/validate.js'
import { readBody, recordHeaders } from './body.js'
import { breakOff, playReply, unlessAborted } from './play.js'
import { reply } from './replies.js'
import type { Reply } from './request.js'
import { ModelRequest, type RequestEnd } from './request.js'
import { type FallbackReply, type MatchedReplies, type ReplyChooser, ReplyScript } from './script.js'
import { Waiters } from './waiters.js'

/** Settings of {@link startModelStub}. */
export interface ModelStubOptions {
  /**
   * Answers model requests that no rule and no queued reply answers. When a function throws, the request gets
   * HTTP 500 and the error is added to `stub.errors`.
   * @default reply.text('ok')
   */
  readonly fallback?: FallbackReply
  /** Port on 127.0.0.1; 0 takes a free one. @default 0 */
  readonly port?: number
}

/** What waiters of a model stub reject with when it closes first. */
export class ModelStubClosedError extends ConduitError {
  readonly code = 'MODEL_STUB_CLOSED'

  constructor() {
    super('The model stub was closed')
  }
}

/**
 * A local server of the OpenAI Responses API whose replies a test scripts, so that the real Codex runs whole
 * turns without a network. Make one with {@link startModelStub}.
 *
 * A model request (`POST …/responses`) gets its reply from, in this order: the rules of {@link when} and
 * {@link onRequest} in the order they were made, the queue, the fallback. To script a provider that refuses
 * connections, close the stub.
 */
export class ModelStub implements AsyncDisposable {
  /** Model requests in order of arrival. */
  readonly requests: ModelRequest[] = []
  /** Everything else that was asked, for example `GET /v1/models`, in order of arrival. */
  readonly otherRequests: ModelRequest[] = []
  /** Errors that the test's own functions threw, oldest first: choosers, fallbacks, paces. */
  readonly errors: unknown[] = []
  /** Base URL for Codex's provider settings, for example `http://127.0.0.1:40123/v1`. */
  readonly url: string

  readonly #server: Server
  readonly #script: ReplyScript
  readonly #waiters = new Waiters<ModelRequest>()
  readonly #closing = new AbortController()
  #served = 0
  #closed: Promise<void> | undefined

  /** @internal */
  constructor(server: Server, options: ModelStubOptions) {
    this.#server = server
    this.#script = new ReplyScript(options.fallback ?? reply.text('ok'))
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
    server.on('request', (message, response) => void this.#serve(message, response))
  }

  /** How many queued replies nobody has asked for yet. */
  get queued(): number {
    return this.#script.queued
  }

  /** Queues replies: each model request takes the next one. */
  enqueue(...replies: readonly Reply[]): void {
    this.#script.enqueue(replies)
  }

  /** Replies for the requests that match, whatever else is queued: keeps concurrent threads apart. */
  when(matches: (request: ModelRequest) => boolean): MatchedReplies {
    return this.#script.when(matches)
  }

  /**
   * Lets a function choose replies; `undefined` passes the request on. Returns a function that removes it.
   * When it throws, the request gets HTTP 500 and the error is added to {@link errors}.
   */
  onRequest(choose: ReplyChooser): () => void {
    return this.#script.addRule(choose)
  }

  /** The model requests that got this reply, in order of arrival. */
  requestsFor(used: Reply): ModelRequest[] {
    return this.requests.filter((request) => request.reply === used)
  }

  /**
   * Resolves with a model request: the `which`-th of {@link requests} (from 1), or the first that a function accepts. It may
   * have arrived already. Its reply has been chosen by then.
   * Rejects with {@link ModelStubClosedError} when the stub closes first, with `AbortedError` when the signal
   * fires, and with what the function throws.
   */
  async waitForRequest(
    which: number | ((request: ModelRequest) => boolean) = 1,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<ModelRequest> {
    if (typeof which === 'number' && !(Number.isInteger(which) && which >= 1)) {
      throw new InvalidInputError('which', which, 'an integer from 1 or a function')
    }
    checkOptions('options', options)
    checkSignal('signal', options.signal)
    const accepts =
      typeof which === 'number' ? (request: ModelRequest) => this.requests[which - 1] === request : which
    const seen = this.requests.find((request) => request.reply !== undefined && accepts(request))
    if (seen !== undefined) return seen
    if (this.#closing.signal.aborted) throw new ModelStubClosedError()
    return this.#waiters.wait(accepts, 'Waiting for a model request', options.signal)
  }

  /** Forgets requests, errors, rules and queued replies; exchanges under way go on. */
  reset(): void {
    this.#script.clear()
    this.requests.length = 0
    this.otherRequests.length = 0
    this.errors.length = 0
  }

  /** Breaks off every exchange, rejects every waiter and frees the port. Idempotent, never rejects. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      const gone = once(this.#server, 'close')
      this.#server.close()
      this.#closing.abort(new ModelStubClosedError())
      this.#waiters.fail(new ModelStubClosedError())
      this.#server.closeAllConnections()
      await gone
    })()
    return this.#closed
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new AbortController()
    const signal = AbortSignal.any([left.signal, this.#closing.signal])
    let settle = (_end: RequestEnd) => {}
    const ended = new Promise<RequestEnd>((resolve) => {
      settle = resolve
    })
    response.once('close', () => left.abort())
    // A socket that breaks is reported by `close`; without a listener it would end the process.
    response.on('error', () => {})
    try {
      settle(await this.#answer(message, response, signal, ended))
    } catch (error) {
      const gone = signal.aborted || !message.complete
      if (!gone) await this.#fail(response, error)
      settle(this.#closing.signal.aborted ? 'closed' : gone ? 'abandoned' : 'cut')
    }
  }

  async #answer(
    message: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
    ended: Promise<RequestEnd>,
  ): Promise<RequestEnd> {
    const { method = 'GET', url: path = '/' } = message
    const headers = recordHeaders(message.headers)
    const body = await readBody(message)
    const forModel = method === 'POST' && new URL(path, this.url).pathname.endsWith('/responses')
    const record = forModel ? this.requests : this.otherRequests
    const request = new ModelRequest({ serial: this.#served++, method, path, headers, body, ended })
    record.push(request)
    const chosen = forModel ? await this.#choose(request, signal) : answerOther(request)
    if (forModel) {
      request.reply = chosen
      this.#waiters.offer(request)
    }
    return playReply(chosen, request, response, signal)
  }

  async #choose(request: ModelRequest, signal: AbortSignal): Promise<Reply> {
    try {
      return await unlessAborted(this.#script.choose(request), signal)
    } catch (error) {
      signal.throwIfAborted()
      this.errors.push(error)
      return reply.httpError(500, { message: `model stub: ${String(error)}` })
    }
  }

  async #fail(response: ServerResponse, error: unknown): Promise<void> {
    this.errors.push(error)
    if (response.headersSent) return breakOff(response, 'close')
    response.writeHead(500, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message: `model stub: ${String(error)}`, type: 'stub_error' } }))
  }
}

/** Starts a {@link ModelStub} on loopback. Rejects when the port cannot be had, and with `InvalidInputError`. */
export async function startModelStub(options: ModelStubOptions = {}): Promise<ModelStub> {
  checkOptions('options', options)
  checkKnownKeys(options, { fallback: true, port: true })
  const port = checkInteger('port', options.port, 0, 0, 65_535)
  // A connection that Codex keeps must not vanish between two turns: the next request would fail.
  const server = createServer({ keepAliveTimeout: 0 })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return new ModelStub(server, options)
}

function answerOther(request: ModelRequest): Reply {
  const path = request.path.split('?', 1)[0] ?? ''
  if (request.method !== 'GET' || !path.endsWith('/models')) {
    return reply.httpError(404, { message: `the model stub does not serve ${request.method} ${path}` })
  }
  const body = JSON.stringify({ object: 'list', data: [] })
  return { ...reply.httpError(200, { body }), label: 'models' }
}
