import { ask, REFUSALS, refuse } from '../approvals/index.js'
import type { ServerRequestMethod, ServerRequestParams, ServerRequestResult } from '../protocol/index.js'
import type { RequestContext } from '../rpc/inbound-requests.js'
import type { RequestId } from '../rpc/messages.js'
import { ConduitError, type ConduitErrorOptions, InvalidInputError } from '../util/errors.js'
import { checkFunction, checkOptions } from '../util/validate.js'

/** What a {@link ServerRequestHandler} is told besides the params. */
export interface ServerRequestContext {
  /** Id that Codex gave the request; absent for a message that wants no answer. */
  readonly id: RequestId | undefined
  /**
   * Aborts when an answer is no longer wanted: the deadline passed, somebody else answered, the turn ended,
   * or the connection closed.
   */
  readonly signal: AbortSignal
}

/** Answers one method of the server with its result. The params are as they were received, unchecked. */
export type ServerRequestHandler<M extends ServerRequestMethod> = (
  params: ServerRequestParams<M>,
  context: ServerRequestContext,
) => ServerRequestResult<M> | Promise<ServerRequestResult<M>>

/** A handler for each request of the server; those that are left out are answered by the client. */
export type ServerRequestHandlers = {
  readonly [M in ServerRequestMethod]?: ServerRequestHandler<M> | undefined
}

/** What a handler returned must not be sent, or there was no answer in time. The request was refused. */
export class HandlerError extends ConduitError {
  readonly code = 'HANDLER_FAILED'
  /** The method that was refused. */
  readonly method: string

  constructor(method: string, problem: string, options?: ConduitErrorOptions) {
    super(`The handler of ${method} failed, and the request was refused: ${problem}`, options)
    this.method = method
  }
}

/** Codex gives up on these by itself; the refusals must reach it before. In milliseconds. */
const DEADLINES: { readonly [M in ServerRequestMethod]?: number } = {
  'attestation/generate': 90,
  'currentTime/read': 5_000,
  'account/chatgptAuthTokens/refresh': 9_000,
}

/** Checks a table of handlers. Throws `InvalidInputError` naming the option. */
export function checkHandlers(handlers: unknown): ServerRequestHandlers {
  checkOptions('handlers', handlers)
  const table = (handlers ?? {}) as Readonly<Record<string, unknown>>
  for (const [method, handler] of Object.entries(table)) {
    const option = `handlers['${method}']`
    if (!Object.hasOwn(REFUSALS, method)) {
      throw new InvalidInputError(option, handler, `one of ${Object.keys(REFUSALS).join(', ')}`)
    }
    checkFunction(option, handler)
  }
  return { ...table }
}

/** How a handler is called. */
export interface CallHandlerOptions {
  /** Deadline of methods that Codex sets none for, in milliseconds, or `Infinity`. */
  readonly timeoutMs: number
  readonly context: RequestContext
  /** Receives what went wrong. */
  readonly onError: (error: Error) => void
}

/** Has a handler answer. Whatever goes wrong is the refusal of the method, and reported. */
export async function callHandler<M extends ServerRequestMethod>(
  method: M,
  handler: ServerRequestHandler<M>,
  params: unknown,
  options: CallHandlerOptions,
): Promise<unknown> {
  const { context, onError } = options
  const timeoutMs = Math.min(options.timeoutMs, DEADLINES[method] ?? Infinity)
  const id = context.id ?? undefined
  const asked = await ask((signal) => handler(params as ServerRequestParams<M>, { id, signal }), {
    timeoutMs,
    signal: context.signal,
  })
  if (asked.kind === 'answer') {
    const { result, problem } = { result: undefined, ...(await checkSafely(method, params, asked.value)) }
    if (problem === undefined) return result
    onError(new HandlerError(method, problem))
  } else if (asked.kind === 'failed') {
    onError(new HandlerError(method, 'it threw', { cause: asked.error }))
  } else if (asked.kind === 'timeout') {
    onError(new HandlerError(method, `no answer within ${timeoutMs} ms`))
  }
  return refuse(method)
}

async function checkSafely(method: ServerRequestMethod, params: unknown, reply: unknown) {
  try {
    const { checkReply } = await import('../approvals/check-reply.js')
    return await checkReply(method, params, reply)
  } catch {
    // Reading a result can run code of the handler.
    return { problem: 'its result cannot be read' }
  }
}
