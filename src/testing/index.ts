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
export type { Fault, FaultLine, MessageFault, StartFault } from './faults/fault.js'
export type { FaultPoint, MadeMessage, SendFaultPoint } from './faults/fault-point.js'
export { fault } from './faults/fault-point.js'
export type { FaultyTransport } from './faults/faulty-transport.js'
export { faultyTransport } from './faults/faulty-transport.js'
export type { HeldFault } from './faults/hold.js'
export type { MessageMatch, MessageView } from './faults/match.js'
export type { CollectedTurn, CollectOptions, EventWithoutRaw } from './helpers/collect.js'
export { collect } from './helpers/collect.js'
export { eventsOfType, typesOf } from './helpers/event-types.js'
export type { EventSource } from './helpers/reading.js'
export { EventNotFoundError, untilEvent } from './helpers/until-event.js'
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
export type { Difference } from './transcript/compare.js'
export type { TranscriptMismatch } from './transcript/errors.js'
export {
  RecordedError,
  TranscriptFormatError,
  TranscriptMismatchError,
  TranscriptSinkError,
} from './transcript/errors.js'
export type {
  ClosedEntry,
  ProblemEntry,
  ReceivedEntry,
  RecordedErrorData,
  SentEntry,
  Transcript,
  TranscriptEntry,
  TranscriptHeader,
} from './transcript/format.js'
export { TRANSCRIPT_VERSION } from './transcript/format.js'
export { parseTranscript, readTranscript } from './transcript/parse.js'
export type { MessageMatcher } from './transcript/playback.js'
export type { RecordingSummary, RecordingTransport, RecordOptions } from './transcript/record.js'
export { record } from './transcript/record.js'
export type { ReplayOptions, ReplayTransport } from './transcript/replay.js'
export { DEFAULT_EXACT_FIELDS, replay } from './transcript/replay.js'
export type { TranscriptSink, TranscriptWriter } from './transcript/sink.js'
export type { StableValuesOptions } from './transcript/stable-values.js'
export { DEFAULT_VOLATILE_NUMBERS, stableValues } from './transcript/stable-values.js'
