export type { OutputSchema } from '../output/structured-output.js'
export { OutputMismatchError } from '../output/structured-output.js'
export { VERSION } from '../util/version.js'
export type {
  RequestArguments,
  ResumeThreadOptions,
  StartOptions,
  StartThreadOptions,
} from './codex.js'
export { Codex } from './codex.js'
export type { CodexEvents } from './codex-events.js'
export type { DynamicTool, ToolContent, ToolContext, ToolDefinition } from './define-tool.js'
export { DEFAULT_TOOL_TIMEOUT_MS, defineTool } from './define-tool.js'
export {
  CodexExitedError,
  HandshakeError,
  InterruptIgnoredError,
  ProviderUnreachableError,
  ThreadBusyError,
  ThreadLostError,
  TurnFailedError,
  TurnNotRunningError,
  TurnStalledError,
  UnsupportedMethodError,
} from './errors.js'
export type * from './events.js'
export {
  DEFAULT_MAX_IN_FLIGHT_REQUESTS,
  DEFAULT_MAX_THREAD_REQUESTS,
  DEFAULT_OVERLOAD_RETRIES,
} from './flow-control/limits.js'
export type { ImageData, TurnInput } from './input.js'
export { MAX_INPUT_CHARACTERS } from './input.js'
export { InvalidDecisionError } from './invalid-decision-error.js'
export type { LaggedNotification, NotificationFilter, StreamedNotification } from './notification-stream.js'
export type { CodexOptions } from './options.js'
export {
  DEFAULT_HANDSHAKE_TIMEOUT_MS,
  DEFAULT_INTERRUPT_TIMEOUT_MS,
  DEFAULT_PROVIDER_TIMEOUT_MS,
  DEFAULT_STALL_GRACE_MS,
  DEFAULT_STALL_TIMEOUT_MS,
} from './options.js'
export type { TransportFactory } from './reconnect/lasting-connection.js'
export type { ReconnectOptions } from './reconnect/options.js'
export { DEFAULT_RECONNECT } from './reconnect/options.js'
export type { ConnectionRestored } from './reconnect/restorer.js'
export type { LostThread } from './reconnect/resume-threads.js'
export type {
  ServerRequestContext,
  ServerRequestHandler,
  ServerRequestHandlers,
} from './request-handlers.js'
export { HandlerError } from './request-handlers.js'
export { runTurn } from './run-turn.js'
export type { RunTurnOptions, RunTurnResult, RunTurnTimings } from './run-turn-options.js'
export { DEFAULT_RUN_INTERRUPT_TIMEOUT_MS } from './run-turn-options.js'
export type { AppServerExit, LaunchOptions } from './start.js'
export type { ThreadInfo, TurnOptions } from './thread.js'
export { Thread } from './thread.js'
export { Turn } from './turn.js'
export type { CompletedTurn, TurnResult } from './turn-result.js'
export type { TokenCounts, TurnUsage } from './usage.js'
