import { RPC_ERROR_NUMBERS, RpcError } from '../../rpc/errors.js'

/** Error numbers of the exec-server protocol. */
export const EXEC_ERROR_NUMBERS = {
  invalidRequest: RPC_ERROR_NUMBERS.invalidRequest,
  methodNotFound: RPC_ERROR_NUMBERS.methodNotFound,
  invalidParams: RPC_ERROR_NUMBERS.invalidParams,
  internal: RPC_ERROR_NUMBERS.internalError,
  /** A file, folder or handle is not there. */
  notFound: -32004,
  /** A session that is to be resumed belongs to a connection that is still there. */
  sessionAttached: -32010,
} as const

/** What was asked for does not exist (-32004). */
export function notFound(message: string): RpcError {
  return new RpcError(EXEC_ERROR_NUMBERS.notFound, message)
}

/** The session to resume is in use (-32010). */
export function sessionAttached(sessionId: string): RpcError {
  const message = `session ${sessionId} is already attached to another connection`
  return new RpcError(EXEC_ERROR_NUMBERS.sessionAttached, message)
}
