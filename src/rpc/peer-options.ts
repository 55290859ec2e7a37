import type { RequestContext } from './inbound-requests.js'
import type { NotificationMessage, RequestId, ResponseMessage } from './messages.js'

/** Deadline of a request by default: 60,000 ms. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 60_000

/** Methods of one side: name → types of its parameters and result. */
export type MethodMap = { readonly [method: string]: { readonly params: unknown; readonly result: unknown } }

/** Options of an {@link RpcPeer}. */
export interface RpcPeerOptions {
  /** Deadline of a request that names none, in milliseconds. @default DEFAULT_REQUEST_TIMEOUT_MS */
  readonly requestTimeoutMs?: number
  /** Whether outgoing messages carry `"jsonrpc":"2.0"`. Incoming ones may or may not. @default true */
  readonly jsonrpcHeader?: boolean
  /**
   * Whether messages that are no valid JSON-RPC are answered with an error whose id is null, as the
   * specification asks of servers. Some peers end the connection on such an answer. A function makes the answer
   * of a protocol that has another one; lines that are no messages at all are then answered too. When it throws,
   * nothing is sent. @default true
   */
  readonly answerInvalidMessages?: boolean | ((error: Error) => ResponseMessage)
  /** Whether batches are taken; when not, one counts as an invalid message. @default true */
  readonly acceptBatches?: boolean
  /**
   * Says whether the id of an incoming request is taken; when not, the request counts as an invalid message.
   * A throw counts as no. @default every string, number and `null`
   */
  readonly acceptId?: (id: RequestId | null) => boolean
  /** Answers requests that no {@link RpcPeer.handle} handler takes. @default refused with -32601 */
  readonly onRequest?: (method: string, params: unknown, context: RequestContext) => unknown
  /**
   * Receives every notification, before the {@link RpcPeer.listen} handlers do, in order of arrival. What it
   * throws or rejects with goes to `onError`.
   */
  readonly onNotification?: (message: NotificationMessage) => void
  /**
   * Whether a notification waits until the handlers of the requests before it have started, and those of requests
   * behind it wait for it. @default false: it is handled at once
   */
  readonly orderedNotifications?: boolean
  /**
   * Receives an answer to no pending request, in place of `onError`; one with neither result nor error then counts as
   * an invalid message. What it throws goes to `onError`.
   */
  readonly onUnexpectedResponse?: (response: ResponseMessage) => void
  /**
   * Receives what goes wrong without ending the connection: skipped lines, answers to no request, what
   * handlers threw. Silent by default; what it throws itself is dropped.
   */
  readonly onError?: (error: Error) => void
}

/** Options of a single request. */
export interface RequestOptions {
  /** Deadline in milliseconds, or `Infinity`. @default the peer's `requestTimeoutMs` */
  readonly timeoutMs?: number | undefined
  /** Gives the request up; it then rejects with an `AbortedError`. The other side is not told. */
  readonly signal?: AbortSignal | undefined
}
