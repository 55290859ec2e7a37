export type { ExecServerConnection } from './accepted-connection.js'
export { ExecServer } from './exec-server.js'
export type { HttpRequestOptions } from './http/policy.js'
export { DEFAULT_MAX_HTTP_BODY_BYTES } from './http/policy.js'
export type { ExecServerAuth } from './listen/auth.js'
export type { ListenStdioOptions } from './listen/stdio.js'
export type { ExecServerListener, ListenWebSocketOptions } from './listen/web-socket.js'
export {
  DEFAULT_MAX_CONNECTIONS,
  DEFAULT_MAX_REQUEST_BYTES,
  DEFAULT_UPGRADE_TIMEOUT_MS,
  ListenError,
} from './listen/web-socket.js'
export type { PtyModule, PtyTerminal } from './processes/pty-module.js'
export type { SandboxedCommand, SandboxedFileRequest, SandboxedStart, SandboxHook } from './sandbox.js'
export { DEFAULT_SANDBOX_TIMEOUT_MS } from './sandbox.js'
export type { ExecServerOptions } from './settings.js'
export {
  DEFAULT_CLOSED_RETENTION_MS,
  DEFAULT_DETACHED_SESSION_MS,
  DEFAULT_MAX_DETACHED_SESSIONS,
  DEFAULT_MAX_PENDING_REQUEST_BYTES,
  DEFAULT_MAX_PENDING_REQUESTS,
  DEFAULT_MAX_PROCESSES,
  DEFAULT_MAX_QUEUED_INPUT_BYTES,
  DEFAULT_MAX_READ_FILE_BYTES,
  DEFAULT_MAX_RETAINED_BYTES,
  DEFAULT_RETAINED_OUTPUT_BYTES,
  DEFAULT_RETAINED_OUTPUT_CHUNKS,
  DEFAULT_SERVER_CLOSE_TIMEOUT_MS,
} from './settings.js'
