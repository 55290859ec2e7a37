import type { ServerRequestMethod } from '../../protocol/index.js'
import type { RequestId } from '../../rpc/messages.js'
import { deferred } from '../../util/deferred.js'
import type { FakeClient, ServerRequestAnswer } from './client.js'
import type { FakeThread } from './thread.js'

interface Pending {
  readonly thread: FakeThread
  readonly method: string
  readonly params: unknown
  readonly settle: (answer: ServerRequestAnswer) => void
}

/** Requests whose end Codex does not tell. */
const UNTOLD: ReadonlySet<string> = new Set<ServerRequestMethod>([
  'item/tool/call',
  'currentTime/read',
  'attestation/generate',
  'account/chatgptAuthTokens/refresh',
])

/** A request of the server that waits for an answer. */
export interface AskedRequest {
  /** Resolves with the first answer that comes from any client. */
  readonly answer: Promise<ServerRequestAnswer>
  /** Gives the request up: late answers are ignored, and clients are told. Idempotent. */
  withdraw(): void
}

/** What the server has asked its clients. */
export class ServerRequests {
  readonly #pending = new Map<RequestId, Pending>()
  readonly #nextId: () => number

  constructor(nextId: () => number) {
    this.#nextId = nextId
  }

  /** Asks all who follow a thread, under one id; the first answer counts. */
  ask(thread: FakeThread, method: string, params: unknown): AskedRequest {
    const id = this.#nextId()
    const { promise, resolve } = deferred<ServerRequestAnswer>()
    const finish = () => {
      if (this.#pending.delete(id) && !UNTOLD.has(method)) {
        thread.notify('serverRequest/resolved', { threadId: thread.id, requestId: id })
      }
    }
    const settle = (answer: ServerRequestAnswer) => {
      finish()
      resolve(answer)
    }
    this.#pending.set(id, { thread, method, params, settle })
    for (const client of thread.subscribers) client.ask(id, method, params)
    return { answer: promise, withdraw: finish }
  }

  /** Takes an answer. Answers to what nobody asks any more are ignored. */
  answer(id: RequestId, answer: ServerRequestAnswer): void {
    this.#pending.get(id)?.settle(answer)
  }

  /** Asks a client that comes to a thread what waits there already. */
  repeat(thread: FakeThread, client: FakeClient): void {
    for (const [id, one] of this.#pending) {
      if (one.thread === thread) client.ask(id, one.method, one.params)
    }
  }
}
