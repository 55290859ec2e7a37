import {
  type ApprovalHook,
  type ApprovalMethod,
  type ApprovalOutcome,
  type ApprovalRequest,
  type FileChangeApprovalRequest,
  isApprovalMethod,
  refuse,
} from '../approvals/index.js'
import type { ServerNotification, ServerRequestMethod } from '../protocol/index.js'
import { ProtocolViolationError } from '../rpc/errors.js'
import type { RequestContext } from '../rpc/inbound-requests.js'
import { isRequestId, type RequestId } from '../rpc/messages.js'
import { type Dialect, isLegacyApproval, toLegacyReply, translateLegacyApproval } from './dialects/index.js'
import { InvalidDecisionError } from './invalid-decision-error.js'
import { callHandler, type ServerRequestHandler, type ServerRequestHandlers } from './request-handlers.js'
import type { StandingRequests } from './standing-requests.js'
import type { ToolCalls } from './tool-calls.js'
import type { TurnRouter } from './turn-router.js'

/** What the answering of the server's requests needs of the client. */
export interface ServerRequestsOptions {
  /** Decides about approvals, and in whose name. */
  readonly hook: ApprovalHook | undefined
  readonly decider: 'hook' | 'policy'
  /** Answer their methods in place of everything else. */
  readonly handlers: ServerRequestHandlers
  readonly tools: ToolCalls
  readonly approvalTimeoutMs: number
  readonly router: TurnRouter
  /** Knows the turns of servers that ask in the older words. */
  readonly dialect: Dialect
  /** What has been asked already. */
  readonly standing: StandingRequests
  /** Takes a request back: its answer is no longer wanted. */
  readonly withdraw: (id: RequestId) => void
  /** Interrupts a turn. */
  readonly interrupt: (threadId: string, turnId: string) => Promise<unknown>
  /** Receives what a hook threw, and approvals that could not be read or were not offered. */
  readonly onError: (error: Error) => void
}

/**
 * Answers what the server asks: by the handler of the method, approvals through the hook, tools by running
 * them, and everything else by refusing in its own shape.
 */
export class ServerRequests {
  readonly #options: ServerRequestsOptions
  /** Requests that are being answered, with the turn that waits for each. */
  readonly #open = new Map<RequestId, WaitingTurn>()

  constructor(options: ServerRequestsOptions) {
    this.#options = options
  }

  /** Answers one request. What it throws or rejects with becomes an error response. */
  async answer(method: string, params: unknown, context: RequestContext): Promise<unknown> {
    const { id } = context
    const asked = this.#translate(method, params)
    const turn = waitingTurn(asked.params)
    // Whoever gave the turn up wants nothing of it done any more.
    if (this.#options.router.isGivenUp(turn.threadId, turn.turnId)) {
      return asked.isLegacy ? toLegacyReply(refuse(method)) : refuse(method)
    }
    // Noted before anything is awaited: the request may be resolved elsewhere meanwhile.
    const entry = waitingTurn(asked.params)
    if (id !== null) this.#open.set(id, entry)
    try {
      return await this.#options.standing.answer(asked.params, context, (standing) =>
        this.#answer(method, params, asked, standing),
      )
    } finally {
      // Codex asks again under the same id when the thread is resumed.
      if (id !== null && this.#open.get(id) === entry) this.#open.delete(id)
    }
  }

  /** Takes back requests that were answered elsewhere or whose turn has ended. */
  receive(message: ServerNotification): void {
    this.#options.tools.receive(message)
    this.#options.standing.receive(message)
    if (this.#open.size === 0) return
    if (message.method === 'serverRequest/resolved') {
      const requestId: unknown = message.params?.requestId
      if (isRequestId(requestId) && this.#open.has(requestId)) this.#options.withdraw(requestId)
    } else if (message.method === 'turn/completed') {
      this.turnEnded(message.params?.threadId, message.params?.turn?.id)
    }
  }

  /** A turn has ended, however that became known: what it asked is taken back. Off the wire, so of any type. */
  turnEnded(threadId: unknown, turnId: unknown): void {
    if (typeof turnId !== 'string') return
    // Older servers number the turns of each thread, so that the turn alone does not tell.
    for (const [id, open] of this.#open) {
      if (open.turnId === turnId && open.threadId === threadId) this.#options.withdraw(id)
    }
    this.#options.standing.turnEnded(threadId, turnId)
  }

  async #answer(method: string, params: unknown, asked: Asked, context: RequestContext): Promise<unknown> {
    const { handlers, tools, approvalTimeoutMs: timeoutMs, onError } = this.#options
    const handler = Object.hasOwn(handlers, method) ? handlers[method as ServerRequestMethod] : undefined
    if (handler) {
      // One of eleven signatures: which one, the compiler cannot tell from a name that came off the wire.
      const answer = handler as ServerRequestHandler<ServerRequestMethod>
      return callHandler(method as ServerRequestMethod, answer, params, { timeoutMs, context, onError })
    }
    if (isApprovalMethod(asked.method)) return this.#approve(asked.method, asked, context)
    return method === 'item/tool/call' ? tools.answer(params, context) : refuse(method)
  }

  /** What is asked, in the words of the current servers. */
  #translate(method: string, params: unknown): Asked {
    if (!isLegacyApproval(method)) return { method, params, isLegacy: false }
    const { dialect } = this.#options
    return {
      ...translateLegacyApproval(method, params, (threadId) => dialect.turnOf(threadId)),
      isLegacy: true,
    }
  }

  async #approve(method: ApprovalMethod, asked: Asked, context: RequestContext): Promise<unknown> {
    const { router, hook, decider, approvalTimeoutMs: timeoutMs, onError } = this.#options
    const { params, changes, isLegacy } = asked
    // Taken before anything is loaded: what is announced is forgotten with the item, the turn and the connection.
    const openItems = router.openItems.at(waitingTurn(params).threadId)
    const { cancelsByItself, decide, readApprovalRequest, toReply } = await import(
      '../approvals/answering.js'
    )
    const request = readApprovalRequest(method, params, openItems, changes)
    if (!request) {
      onError(new ProtocolViolationError(`${method} lacks what a decision needs and was declined`))
      return isLegacy ? toLegacyReply(refuse(method)) : refuse(method)
    }
    const { signal } = context
    router.approvalRequested(request)
    const outcome = await decide(request, { hook, decider, timeoutMs, signal, report: onError })
    this.#reportProblem(request, outcome)
    router.approvalResolved(request, outcome)
    // Only some kinds are cancelled by their answer. Sent before the answer: nothing of the turn runs on it.
    if (outcome.decision === 'cancel' && !cancelsByItself(request)) this.#interrupt(request)
    const reply = toReply(request, outcome.decision)
    return isLegacy ? toLegacyReply(reply) : reply
  }

  #reportProblem(request: ApprovalRequest, { decidedBy, error }: ApprovalOutcome): void {
    const { onError } = this.#options
    if (error) onError(error)
    if (decidedBy === 'not-offered' || decidedBy === 'invalid-decision') {
      const what = decidedBy === 'not-offered' ? 'a decision that Codex does not offer' : 'no valid decision'
      onError(new InvalidDecisionError(`The hook gave ${what} for a ${request.kind}; it was declined`))
    }
  }

  #interrupt(request: ApprovalRequest): void {
    const { threadId, turnId } = request
    if (this.#options.router.stop(request) || turnId === undefined) return
    // A turn of a sub-agent or of another client. Refused when it is ending: then nothing is left to stop.
    this.#options.interrupt(threadId, turnId).catch(() => {})
  }
}

/** A request of the server in the words of the current ones. */
interface Asked {
  readonly method: string
  readonly params: unknown
  /** What a legacy request brings along and a current one leaves in its item. */
  readonly changes?: FileChangeApprovalRequest['changes'] | undefined
  /** Whether the answer must be given in the older words. */
  readonly isLegacy: boolean
}

/** The turn that waits for an answer. Off the wire, so of any type. */
interface WaitingTurn {
  readonly threadId?: unknown
  readonly turnId?: unknown
}

function waitingTurn(params: unknown): WaitingTurn {
  const { threadId, turnId } = (params ?? {}) as WaitingTurn
  return { threadId, turnId }
}
