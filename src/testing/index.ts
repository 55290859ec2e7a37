export type { StubCodexHome, StubCodexHomeOptions } from './codex-home.js'
export { offlineFeatures, stubCodexHome } from './codex-home.js'
export type { Fault, FaultLine, MessageFault, StartFault } from './faults/fault.js'
export type { FaultPoint, MadeMessage, SendFaultPoint } from './faults/fault-point.js'
export { fault } from './faults/fault-point.js'
export type { FaultyTransport } from './faults/faulty-transport.js'
export { faultyTransport } from './faults/faulty-transport.js'
export type { HeldFault } from './faults/hold.js'
export type { MessageMatch, MessageView } from './faults/match.js'
export type {
  CallOptions,
  ExecCommandOptions,
  FunctionCallOptions,
  ItemPlace,
  MessageOptions,
  OutputItem,
  ReasoningOptions,
} from './model-stub/items.js'
export { item } from './model-stub/items.js'
export type { ModelStubOptions } from './model-stub/model-stub.js'
export { ModelStub, ModelStubClosedError, startModelStub } from './model-stub/model-stub.js'
export type {
  HeldReply,
  HttpErrorOptions,
  ReplyPoint,
  StreamOptions,
  StubUsage,
  TextOptions,
} from './model-stub/replies.js'
export { reply } from './model-stub/replies.js'
export type { ModelRequestFacts, Reply, RequestEnd, ToolOutput } from './model-stub/request.js'
export { ModelRequest } from './model-stub/request.js'
export type { FallbackReply, MatchedReplies, ReplyChooser } from './model-stub/script.js'
export type { CutKind, ReplyStep, ResponseEvent } from './model-stub/steps.js'
