export { decodeBase64 } from './bytes.js'
export { EXEC_ERROR_NUMBERS, notFound, sessionAttached } from './errors.js'
export { MAX_BLOCK_BYTES } from './file-system.js'
export type {
  ExecMethod,
  ExecNotificationMethod,
  ExecNotificationParams,
  ExecParams,
  ExecRequests,
  ExecResult,
} from './methods.js'
export { EXEC_METHODS, EXEC_NOTIFICATIONS, EXEC_SERVER_REQUESTS, INITIALIZED } from './methods.js'
export { parseParams } from './parse.js'
export { pathToUri, uriToPath } from './path-uri.js'
export { V0_PROTOCOL_VERSION } from './session.js'
