import { MessageEncodeError, type RpcError } from './errors.js'
import { isRequestId, type RequestId } from './request-id.js'

export { isRequestId, type RequestId } from './request-id.js'

/** A request as it travels. */
export interface RequestMessage {
  readonly jsonrpc?: '2.0'
  readonly id: RequestId | null
  readonly method: string
  readonly params?: unknown
}

/** A notification as it travels: a request that wants no answer. */
export interface NotificationMessage {
  readonly jsonrpc?: '2.0'
  readonly method: string
  readonly params?: unknown
}

/** A response as it travels, with either a result or an error. */
export interface ResponseMessage {
  readonly jsonrpc?: '2.0'
  readonly id: RequestId | null
  readonly result?: unknown
  readonly error?: unknown
}

/** Builds a request. */
export function requestMessage(
  header: boolean,
  id: RequestId,
  method: string,
  params: unknown,
): RequestMessage {
  return header ? { jsonrpc: '2.0', id, method, params } : { id, method, params }
}

/** Builds a notification. */
export function notificationMessage(header: boolean, method: string, params: unknown): NotificationMessage {
  return header ? { jsonrpc: '2.0', method, params } : { method, params }
}

/** Builds the response that carries a result; `undefined` becomes `null`, since a result must be there. */
export function resultResponse(header: boolean, id: RequestId | null, result: unknown): ResponseMessage {
  const value = result === undefined ? null : result
  return header ? { jsonrpc: '2.0', id, result: value } : { id, result: value }
}

/** Builds the response that carries an error. */
export function errorResponse(header: boolean, id: RequestId | null, refusal: RpcError): ResponseMessage {
  return { ...(header && { jsonrpc: '2.0' }), id, error: refusal.toWire() }
}

/** Shows an id in an error message, at bounded length. */
export function describeId(id: unknown): string {
  if (isRequestId(id)) return JSON.stringify(id).slice(0, 80)
  return id === null ? 'null' : typeof id
}

/** Name of the method of {@link SelfWriting} params. */
export const jsonText: unique symbol = Symbol('jsonText')

/**
 * Params that know their JSON text without a look at each character, such as a long text in base64. It must be what
 * `JSON.stringify` would make of them, but for the order of the members: some transports hand the object itself over.
 */
export interface SelfWriting {
  [jsonText](): string
}

// JSON.stringify writes paired surrogates as they are, so an escaped one in its output stands alone. The
// first alternative consumes escaped backslashes, which may happen to be followed by "ud800".
const LONE_SURROGATE = /\\\\|\\ud[89a-f][0-9a-f]{2}/g

/**
 * Writes a message as one line of JSON without the line feed.
 *
 * Lone surrogates become U+FFFD, since some peers drop a line that holds one and never answer.
 * Throws a {@link MessageEncodeError} when the message has a cycle, a BigInt or a throwing getter.
 */
export function encodeMessage(message: object): string {
  let text: string
  try {
    const { params } = message as { readonly params?: unknown }
    text = writesItself(params) ? encodeAround(message, params) : JSON.stringify(message)
  } catch (cause) {
    throw new MessageEncodeError('the message cannot be written as JSON', { cause })
  }
  if (text === undefined) throw new MessageEncodeError('the message has no JSON form')
  return text.includes('\\ud') ? text.replace(LONE_SURROGATE, wellFormed) : text
}

function writesItself(params: unknown): params is SelfWriting {
  return typeof params === 'object' && params !== null && jsonText in params
}

function encodeAround(message: object, params: SelfWriting): string {
  const around = JSON.stringify({ ...message, params: undefined })
  return `${around.slice(0, -1)},"params":${params[jsonText]()}}`
}

function wellFormed(match: string): string {
  return match.length === 2 ? match : '\\ufffd'
}
