export * from './client/index.js'
export type {
  ExecMethod,
  ExecNotificationMethod,
  ExecNotificationParams,
  ExecParams,
  ExecRequests,
  ExecResult,
} from './protocol/index.js'
export {
  EXEC_ERROR_NUMBERS,
  EXEC_METHODS,
  EXEC_NOTIFICATIONS,
  EXEC_SERVER_REQUESTS,
  pathToUri,
  uriToPath,
} from './protocol/index.js'
export * from './server/index.js'
