export type { ByteStream, CollectedOutput, WhenTruncated } from './byte-stream.js'
export type { AttachOptions, ExecRequestOptions } from './client.js'
export { ExecServerClient } from './client.js'
export type { CommunicateOptions, CommunicateResult } from './communicate.js'
export { ConduitProgramNotFoundError } from './conduit-program.js'
export type {
  ConnectStdioOptions,
  ConnectWebSocketOptions,
  SpawnLocalExecServerOptions,
} from './connect.js'
export { connectStdio, connectWebSocket, spawnLocalExecServer } from './connect.js'
export { MAX_REQUESTS_IN_FLIGHT } from './connection.js'
export type { EnvironmentOptions, ExecEnvironment } from './environment.js'
export type { InputRefusal } from './errors.js'
export {
  ExecAnswerError,
  ExecHandshakeError,
  ExecUnsupportedError,
  OutputTruncatedError,
  ProcessInputError,
  ProcessLostError,
} from './errors.js'
export type { ExecEnvironmentPolicy, ExecOptions, OutputOptions } from './exec-options.js'
export { DEFAULT_MAX_BUFFERED_BYTES } from './exec-options.js'
export type { FileBlock, RemoteFile } from './file-handle.js'
export type { ExecFiles, FileOptions, RemoveOptions, WalkOptions } from './files.js'
export type { ExecServerVersion } from './handshake.js'
export type { ExecHttp, HttpHeader, HttpRequest, HttpResponse, HttpStreamedResponse } from './http.js'
export { HttpBodyError } from './http-body.js'
export { connectInProcess } from './in-process.js'
export type { ManagedProcess, WaitOptions } from './managed-process.js'
export type { NetworkPolicyDecision, NetworkPolicyHook, NetworkPolicyRequest } from './network-policy.js'
export type { ExecClientOptions } from './options.js'
export { DEFAULT_INITIALIZE_TIMEOUT_MS } from './options.js'
export type { ProcessExit } from './process-state.js'
export type { ResumeOptions } from './resume.js'
export { DEFAULT_RESUME_INTERVAL_MS, DEFAULT_RESUME_TIMEOUT_MS } from './resume.js'
