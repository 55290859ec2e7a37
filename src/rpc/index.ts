export type { ConduitErrorOptions } from '../util/errors.js'
export { AbortedError, ConduitError, InvalidInputError } from '../util/errors.js'
export type { WireError } from './errors.js'
export {
  ConnectionClosedError,
  MessageEncodeError,
  MessageParseError,
  NoiseLineError,
  OversizeMessageError,
  ProtocolViolationError,
  RequestTimeoutError,
  RPC_ERROR_NUMBERS,
  RpcError,
  TransportClosedError,
} from './errors.js'
export type { RequestContext } from './inbound-requests.js'
export type { NotificationHandler } from './listeners.js'
export type { NotificationMessage, RequestId, RequestMessage, ResponseMessage } from './messages.js'
export { encodeMessage, isRequestId } from './messages.js'
export type { MethodMap, RequestOptions, RpcPeerOptions } from './peer.js'
export { DEFAULT_REQUEST_TIMEOUT_MS, RpcPeer } from './peer.js'
export type { RequestHandler } from './request-server.js'
export type { CloseReason, Transport, WireMessage } from './transport.js'
