import type { ServerNotification } from '../protocol/index.js'
import { ConnectionClosedError } from '../rpc/errors.js'
import type { RequestContext } from '../rpc/inbound-requests.js'
import type { RequestId } from '../rpc/messages.js'
import type { CloseReason } from '../rpc/transport.js'

/** What a request of the server is about. Off the wire, so of any type. */
interface Subject {
  readonly threadId?: unknown
  readonly turnId?: unknown
  readonly itemId?: unknown
}

/** A request that is being answered or has been. */
interface Standing extends Subject {
  readonly id: RequestId | null
  readonly method: string
  readonly answer: Promise<unknown>
  readonly controller: AbortController
  /** Whether a connection waits for the answer. */
  isAttached: boolean
}

/** Works out the answer of a request. */
export type Answering = (context: RequestContext) => Promise<unknown>

/**
 * What the server has asked. Codex asks again, under the same id, when a thread is resumed over another
 * connection (measured with approvals and tool calls): what is being decided or done then, or was, is the
 * answer, so that nobody is asked and nothing is run twice. When it asks again is not known: a request that is sent
 * behind the resume may be answered first (measured on a busy machine). So only what the server tells takes a request
 * back, never that it has not asked again yet.
 */
export class StandingRequests {
  readonly #survive: boolean
  readonly #requests = new Map<string, Standing>()
  #isClosed = false

  /** @param survive - whether a lost connection is made anew, so that its requests outlive it */
  constructor(survive: boolean) {
    this.#survive = survive
  }

  /** Answers a request: by what stands for it already, or by working it out. */
  answer(params: unknown, context: RequestContext, answering: Answering): Promise<unknown> {
    const { id, method } = context
    const subject = subjectOf(params)
    // Word for word: what was said to one request must not answer another.
    const key = JSON.stringify([method, id, params])
    const known = id === null ? undefined : this.#requests.get(key)
    // Ids are not used twice: what another request had under this one is over.
    if (!known && id !== null) this.#end((other) => other.id === id && !other.isAttached)
    const request = known ?? begin(subject, context, answering)
    if (!known) {
      this.#requests.set(key, request)
      const forget = () => {
        // An answer that was given may have been lost on its way: it stands until the turn goes on.
        if (!this.#survive || typeof subject.turnId !== 'string') this.#requests.delete(key)
      }
      request.answer.then(forget, forget)
    }
    this.#attach(key, request, context.signal)
    return request.answer
  }

  /** Takes each notification: what was answered elsewhere, or whose item or turn has ended, stands no longer. */
  receive(message: ServerNotification): void {
    if (this.#requests.size === 0) return
    if (message.method === 'serverRequest/resolved') {
      const requestId: unknown = message.params?.requestId
      this.#end(({ id }) => id === requestId)
    } else if (message.method === 'turn/completed') {
      this.turnEnded(message.params?.threadId, message.params?.turn?.id)
    } else if (message.method === 'item/completed') {
      this.#itemEnded(message.params?.threadId, message.params?.item?.id)
    } else if (message.method === 'thread/status/changed') {
      const { threadId, status } = message.params ?? {}
      this.threadStatus(threadId, status)
    }
  }

  /** Takes the status of a thread: one that waits for nobody wants no approval any more. */
  threadStatus(threadId: unknown, status: unknown): void {
    const { type, activeFlags } = (status ?? {}) as {
      readonly type?: unknown
      readonly activeFlags?: unknown
    }
    // A server that does not say what a thread is at has said nothing of whom it waits for.
    if (typeof type !== 'string') return
    const isWaiting = type === 'active' && Array.isArray(activeFlags) && activeFlags.length > 0
    if (isWaiting) return
    // Tool calls are no part of the status. What a connection waits for is withdrawn by other signs.
    const isOver = ({ isAttached, method, threadId: of }: Standing) =>
      !isAttached && of === threadId && (type !== 'active' || method !== 'item/tool/call')
    this.#end(isOver)
  }

  /** Takes the end of a turn. */
  turnEnded(threadId: unknown, turnId: unknown): void {
    if (typeof turnId !== 'string' || this.#requests.size === 0) return
    this.#end((request) => request.turnId === turnId && request.threadId === threadId)
  }

  /** A thread is gone for this client. */
  threadLost(threadId: string): void {
    this.#end((request) => request.threadId === threadId)
  }

  /** The client has ended: nothing stands any more. */
  close(reason: CloseReason): void {
    this.#isClosed = true
    this.#end(() => true, new ConnectionClosedError(reason))
  }

  /** What a connection waits for is withdrawn by other signs. */
  #itemEnded(threadId: unknown, itemId: unknown): void {
    if (typeof itemId !== 'string') return
    this.#end((request) => request.itemId === itemId && request.threadId === threadId && !request.isAttached)
  }

  #attach(key: string, request: Standing, signal: AbortSignal): void {
    request.isAttached = true
    const onAbort = () => {
      request.isAttached = false
      if (this.#survive && !this.#isClosed && signal.reason instanceof ConnectionClosedError) return
      // What was withdrawn stands for nothing: its answer is that of nobody.
      this.#requests.delete(key)
      request.controller.abort(signal.reason)
    }
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    const stop = () => signal.removeEventListener('abort', onAbort)
    request.answer.then(stop, stop)
  }

  #end(isOver: (request: Standing) => boolean, reason?: Error): void {
    for (const [key, request] of this.#requests) {
      if (!isOver(request)) continue
      this.#requests.delete(key)
      // Those that a connection waits for are withdrawn through it.
      if (!request.isAttached) request.controller.abort(reason)
    }
  }
}

function begin(subject: Subject, { id, method }: RequestContext, answering: Answering): Standing {
  const controller = new AbortController()
  const answer = answering({ id, method, signal: controller.signal })
  return { ...subject, id, method, answer, controller, isAttached: false }
}

function subjectOf(params: unknown): Subject {
  const { threadId, turnId, itemId, callId } = (params ?? {}) as Subject & { readonly callId?: unknown }
  // The item of a tool call has the id of the call.
  return { threadId, turnId, itemId: itemId ?? callId }
}
