import { MessageEncodeError } from './errors.js'

/** Identifies a request. Either end chooses its own; `0` and `''` are valid ids. */
export type RequestId = string | number

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

/** Whether a value can identify a request. */
export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || typeof value === 'number'
}

// JSON.stringify writes paired surrogates as they are, so an escaped one in its output stands alone.
// The lookbehind keeps an escaped backslash that happens to be followed by "ud800" as it is.
const LONE_SURROGATE = /(?<=(?:^|[^\\])(?:\\\\)*)\\u[dD][89a-fA-F][0-9a-fA-F]{2}/g

/**
 * Writes a message as one line of JSON without the line feed.
 *
 * Lone surrogates become U+FFFD, since some peers drop a line that holds one and never answer.
 * Throws a {@link MessageEncodeError} when the message has a cycle, a BigInt or a throwing getter.
 */
export function encodeMessage(message: object): string {
  let text: string
  try {
    text = JSON.stringify(message)
  } catch (cause) {
    throw new MessageEncodeError('the message cannot be written as JSON', { cause })
  }
  if (text === undefined) throw new MessageEncodeError('the message has no JSON form')
  return text.includes('\\ud') ? text.replace(LONE_SURROGATE, '\\ufffd') : text
}

/**
 * Reads the id of the request that a message answers from the message's first bytes, for messages too
 * long to parse. Returns `undefined` when the head shows a method, or no top-level id.
 */
export function responseIdOfHead(head: string): RequestId | undefined {
  const match =
    /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(-?\d+|"(?:[^"\\]|\\.)*")\s*,\s*"(?:result|error)"/.exec(
      head,
    )
  const id: unknown = match?.[1] === undefined ? undefined : JSON.parse(match[1])
  return isRequestId(id) ? id : undefined
}
