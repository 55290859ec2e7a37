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
export type {
  ExecServerAuth,
  ExecServerConnection,
  ExecServerListener,
  ExecServerOptions,
  HttpRequestOptions,
  ListenStdioOptions,
  ListenWebSocketOptions,
  PtyModule,
  PtyTerminal,
  SandboxedCommand,
  SandboxedFileRequest,
  SandboxedStart,
  SandboxHook,
} from './server/index.js'
export {
  DEFAULT_CLOSED_RETENTION_MS,
  DEFAULT_DETACHED_SESSION_MS,
  DEFAULT_MAX_CONNECTIONS,
  DEFAULT_MAX_DETACHED_SESSIONS,
  DEFAULT_MAX_HTTP_BODY_BYTES,
  DEFAULT_MAX_PENDING_REQUESTS,
  DEFAULT_MAX_PROCESSES,
  DEFAULT_MAX_READ_FILE_BYTES,
  DEFAULT_MAX_REQUEST_BYTES,
  DEFAULT_RETAINED_OUTPUT_BYTES,
  DEFAULT_RETAINED_OUTPUT_CHUNKS,
  DEFAULT_SANDBOX_TIMEOUT_MS,
  DEFAULT_SERVER_CLOSE_TIMEOUT_MS,
  ExecServer,
  ListenError,
} from './server/index.js'
