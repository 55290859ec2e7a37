export type {
  Failure,
  FailureDetails,
  FailureKind,
  FailurePhase,
  JsonValue,
  RetrySafety,
} from '../failures/index.js'
export type { OutputSchema } from '../output/structured-output.js'
export type { ConfigObject, ConfigValue, Env, TerminateOptions } from '../process/index.js'
export { ConduitError, InvalidInputError } from '../util/errors.js'
export type { EventStream } from '../util/event-stream.js'
export { buildExecArgs } from './args.js'
export type { ExecParseError } from './event-reader.js'
export type {
  ExecAgentMessage,
  ExecCommand,
  ExecErrorEvent,
  ExecEvent,
  ExecFileChange,
  ExecItem,
  ExecItemEvent,
  ExecLagged,
  ExecMcpToolCall,
  ExecReasoning,
  ExecThreadStarted,
  ExecTodoList,
  ExecTurnCompleted,
  ExecTurnFailed,
  ExecTurnStarted,
  ExecUsageReport,
  ExecWarning,
  ExecWebSearch,
  UnknownExecEvent,
  UnknownExecItem,
} from './events.js'
export type { ExecError, ExecErrorCode, ExecInvocation, ExecOutcome, ExecResult } from './outcome.js'
export type { ExecUsage } from './read-event.js'
export type { ExecColor, ExecLimits, ExecRequest, ExecReview, ExecSandbox } from './request.js'
export { DEFAULT_EVENT_BYTES, DEFAULT_EXEC_TERMINATION, DEFAULT_EXIT_GRACE_MS } from './request.js'
export { runExec } from './run.js'
export type { ExecStream } from './stream.js'
export { streamExec } from './stream.js'
