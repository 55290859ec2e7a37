import {
  type ApprovalHook,
  type ApprovalMethod,
  decide,
  isApprovalMethod,
  readApprovalRequest,
  refuse,
} from '../approvals/index.js'
import type { ServerNotification } from '../protocol/index.js'
import type { RequestContext } from '../rpc/inbound-requests.js'
import { isRequestId, type RequestId } from '../rpc/messages.js'
import type { TurnRouter } from './turn-router.js'

/** What the answering of the server's requests needs of the client. */
export interface ServerRequestsOptions {
  readonly onApproval: ApprovalHook | undefined
  readonly approvalTimeoutMs: number
  readonly router: TurnRouter
  /** Takes a request back: its answer is no longer wanted. */
  readonly withdraw: (id: RequestId) => void
  /** Receives what a hook threw. */
  readonly onError: (error: Error) => void
}

/** Answers what the server asks: approvals through the hook, everything else by refusing in its own shape. */
export class ServerRequests {
  readonly #options: ServerRequestsOptions
  /** Approvals that are being decided, with the turn that waits for each. */
  readonly #open = new Map<RequestId, unknown>()

  constructor(options: ServerRequestsOptions) {
    this.#options = options
  }

  /** Answers one request. What it throws or rejects with becomes an error response. */
  answer(method: string, params: unknown, context: RequestContext): unknown {
    return isApprovalMethod(method) ? this.#approve(method, params, context) : refuse(method)
  }

  /** Takes back approvals that were answered elsewhere or whose turn has ended. */
  receive(message: ServerNotification): void {
    if (this.#open.size === 0) return
    if (message.method === 'serverRequest/resolved') {
      const { requestId } = message.params
      if (isRequestId(requestId) && this.#open.has(requestId)) this.#options.withdraw(requestId)
    } else if (message.method === 'turn/completed') {
      const turnId = message.params.turn?.id
      for (const [id, waiting] of this.#open) if (waiting === turnId) this.#options.withdraw(id)
    }
  }

  async #approve(method: ApprovalMethod, params: unknown, context: RequestContext): Promise<unknown> {
    const { router, onApproval, approvalTimeoutMs, onError } = this.#options
    const { id, signal } = context
    // Noted before anything is awaited: the request may be resolved elsewhere meanwhile.
    if (id !== null) this.#open.set(id, (params as { turnId?: unknown } | null | undefined)?.turnId)
    try {
      const request = await readApprovalRequest(method, params, (threadId, itemId) =>
        router.changesOf(threadId, itemId),
      )
      if (!request) return refuse(method)
      router.approvalRequested(request)
      const outcome = await decide(request, { hook: onApproval, timeoutMs: approvalTimeoutMs, signal })
      if (outcome.error) onError(outcome.error)
      router.approvalResolved(request, outcome)
      return { decision: outcome.decision }
    } finally {
      if (id !== null) this.#open.delete(id)
    }
  }
}
