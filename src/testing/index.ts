export type { StubCodexHome, StubCodexHomeOptions } from './codex-home.js'
export { offlineFeatures, stubCodexHome } from './codex-home.js'
export type { Chunks } from './fake-app-server/chunks.js'
export type { ServerRequestAnswer } from './fake-app-server/client.js'
export type {
  FakeAppServerOptions,
  FakeAppServerScript,
  FakeRequestHandler,
  ReceivedRequest,
} from './fake-app-server/fake-app-server.js'
export {
  createFakeAppServer,
  FakeAppServer,
  FakeAppServerClosedError,
} from './fake-app-server/fake-app-server.js'
export type { FileEdit } from './fake-app-server/items.js'
export type { WebSocketListener, WebSocketListenOptions } from './fake-app-server/listen-websocket.js'
export { runFakeAppServer } from './fake-app-server/run.js'
export type {
  ApprovalAsked,
  ApprovalDecision,
  CommandApproval,
  CommandOutcome,
  FileChangeApproval,
  PermissionsApproval,
} from './fake-app-server/turn-approvals.js'
export type { FakeErrorInfo } from './fake-app-server/turn-failures.js'
export type { FakeSteer, RetryOptions, SayOptions } from './fake-app-server/turn-options.js'
export type { FakeQuestion, FakeToolResult } from './fake-app-server/turn-questions.js'
export type { TurnMatcher, TurnRuleOptions } from './fake-app-server/turn-rules.js'
export type { FakeTurn, TurnScript } from './fake-app-server/turn-script.js'
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
