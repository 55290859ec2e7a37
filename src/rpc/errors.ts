import { ConduitError, type ConduitErrorOptions } from '../util/errors.js'
import type { RequestId } from './request-id.js'
import type { CloseReason } from './transport.js'

/** Error numbers that the JSON-RPC 2.0 specification reserves. */
export const RPC_ERROR_NUMBERS = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
} as const

/** An error as it travels in a JSON-RPC response. */
export interface WireError {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/**
 * An error response. A request rejects with it when the other side answered with an error; a request
 * handler throws it to choose the error that is sent.
 */
export class RpcError extends ConduitError {
  readonly code = 'RPC_ERROR'
  /** The number on the wire, for example `-32601`. */
  declare readonly rpcCode: number
  /** The `data` member of the wire error, unchecked. */
  declare readonly data: unknown
  /** Method of the request that was refused, when this side sent it. */
  declare readonly method: string | undefined

  constructor(
    rpcCode: number,
    message: string,
    options?: ConduitErrorOptions & { readonly data?: unknown; readonly method?: string | undefined },
  ) {
    super(message, options)
    this.rpcCode = rpcCode
    this.data = options?.data
    this.method = options?.method
  }

  /** Reads the `error` member of a response, tolerating members that are missing or of a wrong type. */
  static fromWire(error: unknown, method?: string): RpcError {
    const { code, message, data } = (typeof error === 'object' && error !== null ? error : {}) as Record<
      string,
      unknown
    >
    return rpcError(
      typeof code === 'number' ? code : RPC_ERROR_NUMBERS.internalError,
      typeof message === 'string' ? message : typeof error === 'string' ? error : 'Unspecified error',
      { data, method },
    )
  }

  /** The request named a method that nobody handles (-32601). */
  static methodNotFound(method: string): RpcError {
    return rpcError(RPC_ERROR_NUMBERS.methodNotFound, `Method not found: ${method}`)
  }

  /** The parameters of a request are wrong (-32602). */
  static invalidParams(message: string, data?: unknown): RpcError {
    return rpcError(RPC_ERROR_NUMBERS.invalidParams, message, { data })
  }

  /** The message is not a valid request (-32600). */
  static invalidRequest(message = 'Invalid Request'): RpcError {
    return rpcError(RPC_ERROR_NUMBERS.invalidRequest, message)
  }

  /** The handler failed (-32603). The message is sent as given: keep secrets out of it. */
  static internal(message = 'Internal error', options?: ConduitErrorOptions): RpcError {
    return rpcError(RPC_ERROR_NUMBERS.internalError, message, options)
  }

  /** The `error` member of the response that carries this error. */
  toWire(): WireError {
    const { rpcCode: code, message, data } = this
    return data === undefined ? { code, message } : { code, message, data }
  }
}

// A bundler gives another name to a class whose own body names it, and errors tell the name of their class.
function rpcError(...args: ConstructorParameters<typeof RpcError>): RpcError {
  return new RpcError(...args)
}

/** The connection ended before the operation did. `reason` is the one cause shared by all that was pending. */
export class ConnectionClosedError extends ConduitError {
  readonly code = 'CONNECTION_CLOSED'
  declare readonly reason: CloseReason
  /** `false` for a request that had not been sent: nothing was done. Otherwise not known. */
  declare readonly requestWritten: false | undefined

  constructor(reason: CloseReason, options?: { readonly method?: string; readonly requestWritten?: false }) {
    super(`${options?.method ? `${options.method}: ` : ''}connection closed: ${reason.message}`, {
      cause: reason.cause,
    })
    this.reason = reason
    this.requestWritten = options?.requestWritten
  }
}

/** A message was given to a transport that is not open. Nothing was sent. */
export class TransportClosedError extends ConduitError {
  readonly code = 'TRANSPORT_CLOSED'

  constructor(message = 'the transport is not open', options?: ConduitErrorOptions) {
    super(message, options)
  }
}

/**
 * A request was not answered within its deadline. Whether the other side acted on it is unknown, unless
 * `requestWritten` is `false`.
 */
export class RequestTimeoutError extends ConduitError {
  readonly code = 'REQUEST_TIMEOUT'
  declare readonly method: string
  declare readonly timeoutMs: number
  /** `false` for a request that could not be sent within its deadline: nothing was done. */
  declare readonly requestWritten: false | undefined

  constructor(method: string, timeoutMs: number, options?: { readonly requestWritten?: false }) {
    const what = options?.requestWritten === false ? 'could not be sent' : 'no answer'
    super(`${method}: ${what} within ${timeoutMs} ms`)
    this.method = method
    this.timeoutMs = timeoutMs
    this.requestWritten = options?.requestWritten
  }
}

/** A message cannot be written as JSON, for example because it has a cycle or a BigInt. Nothing was sent. */
export class MessageEncodeError extends ConduitError {
  readonly code = 'MESSAGE_ENCODE'
}

/** A line that should be a message is not valid JSON. */
export class MessageParseError extends ConduitError {
  readonly code = 'MESSAGE_PARSE'
  /** Length of the line in bytes. */
  declare readonly bytes: number

  constructor(bytes: number, excerpt: string, options?: ConduitErrorOptions) {
    super(`a message of ${bytes} bytes is not valid JSON${excerpt && `: ${excerpt}`}`, options)
    this.bytes = bytes
  }
}

/** A line that is not a JSON object or array at all, such as a wrapper's banner. It was skipped. */
export class NoiseLineError extends ConduitError {
  readonly code = 'NOISE_LINE'
  /** Length of the line in bytes. */
  declare readonly bytes: number

  constructor(bytes: number, excerpt: string) {
    super(`skipped a line of ${bytes} bytes that is not a message${excerpt && `: ${excerpt}`}`)
    this.bytes = bytes
  }
}

/** What the first bytes of a message show of it. */
export interface MessageHead {
  /** Id of the request that the message answers. */
  readonly responseId?: RequestId
  /** Id of the request that the message is. */
  readonly requestId?: RequestId
  /** Method of the request or notification that the message is. */
  readonly method?: string
}

/** A message was longer than allowed. It was skipped; the connection goes on. */
export class OversizeMessageError extends ConduitError {
  readonly code = 'MESSAGE_OVERSIZE'
  /** Length of the message in bytes. */
  declare readonly bytes: number
  /** The limit that it exceeded, in bytes. */
  declare readonly maxBytes: number
  /** Id of the request that the message answers, when its head shows one. That request rejects with this error. */
  declare readonly responseId: string | number | undefined
  /** Id of the request that the message is, when its head shows one. It is refused. */
  declare readonly requestId: string | number | undefined
  /** Method of the request or notification that the message is, when its head shows one. */
  declare readonly method: string | undefined

  constructor(bytes: number, maxBytes: number, head: MessageHead = {}) {
    const what = head.method === undefined ? 'a message' : `a ${head.method.slice(0, 100)} message`
    super(`skipped ${what} of ${bytes} bytes, the limit is ${maxBytes}`)
    this.bytes = bytes
    this.maxBytes = maxBytes
    this.responseId = head.responseId
    this.requestId = head.requestId
    this.method = head.method
  }
}

/** The other side sent something that JSON-RPC does not allow, such as an answer to no request. */
export class ProtocolViolationError extends ConduitError {
  readonly code = 'PROTOCOL_VIOLATION'
}
