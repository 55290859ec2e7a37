/**
 * What the protocol types promise, as code that compiles only when they keep it. `tsc` checks it with the
 * rest of the repository; types.test.ts compiles it again, so that the tests alone show a broken promise.
 */
import type {
  ClientMethod,
  ClientNotificationParams,
  ClientRequests,
  ParamlessClientMethod,
  ParamsArguments,
  ParamsOf,
  Received,
  ResultOf,
  Sent,
  ServerNotification,
  ServerNotificationMethod,
  ServerNotificationParams,
  ServerNotifications,
  ServerRequest,
  ServerRequestMethod,
  ServerRequestParams,
  ServerRequestResult,
  ServerRequests,
} from '../../src/protocol/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Expect<T extends true> = T

/** Methods for which a part is `any` or `unknown`. */
export type Untyped<Methods, Part extends string> = {
  [M in keyof Methods]: Methods[M] extends { [P in Part]: infer T } ? (unknown extends T ? M : never) : M
}[keyof Methods]

export type Completeness = [
  Expect<Equal<Untyped<ClientRequests, 'result'>, never>>,
  Expect<Equal<Untyped<ClientRequests, 'params'>, never>>,
  Expect<Equal<Untyped<ServerRequests, 'result'>, never>>,
  Expect<Equal<Untyped<ServerRequests, 'params'>, never>>,
  Expect<Equal<Untyped<ServerNotifications, 'params'>, never>>,
]

export type Names = [
  Expect<Equal<ParamsOf<'turn/start'>, Sent.TurnStartParams>>,
  Expect<Equal<ResultOf<'turn/start'>, Received.TurnStartResponse>>,
  Expect<Equal<ResultOf<'config/value/write'>, Received.ConfigWriteResponse>>,
  Expect<Equal<ResultOf<'getAuthStatus'>, Received.GetAuthStatusResponse>>,
  Expect<Equal<ServerRequestParams<'item/tool/call'>, Received.DynamicToolCallParams>>,
  Expect<Equal<ServerRequestResult<'item/tool/call'>, Sent.DynamicToolCallResponse>>,
  Expect<Equal<ServerNotificationParams<'turn/completed'>, Received.TurnCompletedNotification>>,
  Expect<Equal<ClientNotificationParams<'initialized'>, null | undefined>>,
  Expect<Equal<'no/such/method' extends ClientMethod ? true : false, false>>,
]

export type ParamsThatCanBeLeftOut = [
  Expect<'memory/reset' extends ParamlessClientMethod ? true : false>,
  Expect<'remoteControl/enable' extends ParamlessClientMethod ? true : false>,
  Expect<Equal<'thread/list' extends ParamlessClientMethod ? true : false, false>>,
]

declare function request<M extends ClientMethod>(method: M, ...args: ParamsArguments<M>): Promise<ResultOf<M>>

export const calls = () => [
  request('memory/reset'),
  request('memory/reset', null),
  request('account/rateLimits/read'),
  request('account/rateLimits/read', {}),
  request('thread/list', {}),
  // @ts-expect-error the server refuses this request without params
  request('thread/list'),
  // @ts-expect-error no such method
  request('thread/lst', {}),
  // @ts-expect-error a message without fields takes none
  request('server/diagnostics', { verbose: true }),
]

export type ReceivedEnumsAreOpen = [
  Expect<string extends Received.TurnStatus ? true : false>,
  Expect<'a-status-of-tomorrow' extends Received.TurnStatus ? true : false>,
  Expect<string extends Received.CodexErrorInfo ? true : false>,
  Expect<string extends Received.ChatgptAuthTokensRefreshReason ? true : false>,
]

export type SentEnumsAreExact = [
  Expect<Equal<Sent.SandboxMode, 'read-only' | 'workspace-write' | 'danger-full-access'>>,
  Expect<Equal<string extends Sent.CommandExecutionApprovalDecision ? true : false, false>>,
  Expect<Equal<Sent.FileChangeApprovalDecision, 'accept' | 'acceptForSession' | 'decline' | 'cancel'>>,
]

export const replies: Sent.CommandExecutionRequestApprovalResponse[] = [
  { decision: 'decline' },
  { decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['npm', 'test'] } } },
  // @ts-expect-error a decision of the legacy protocol
  { decision: 'approved' },
]

export const optional = (cwd: string | undefined, args: readonly string[]): Sent.CommandExecParams => ({
  command: args,
  cwd,
})

export const image: Sent.UserInput[] = [
  { type: 'image', url: 'data:image/png;base64,', detail: undefined },
  { type: 'image', fileId: 'file-1' },
  // @ts-expect-error an image needs a url or a file
  { type: 'image' },
]

export function tagsNarrow(item: Received.ThreadItem): string {
  if (item.type === 'agentMessage') return item.text
  if (item.type === 'commandExecution') return item.command
  // @ts-expect-error not every item has a text
  return item.text
}

export function namedTagsNarrow(schema: Received.McpElicitationPrimitiveSchema): number | null | undefined {
  if (schema.type === 'number' || schema.type === 'integer') return schema.maximum
  return schema.type === 'array' ? schema.maxItems : undefined
}

export function externalTagsNarrow(info: Received.CodexErrorInfo): unknown {
  return typeof info === 'object' && 'httpConnectionFailed' in info ? info.httpConnectionFailed : undefined
}

export function notificationsNarrow(notification: ServerNotification): string {
  return notification.method === 'turn/completed' ? notification.params.turn.status : notification.method
}

export function requestsNarrow(message: ServerRequest): string {
  return message.method === 'item/tool/call' ? message.params.tool : message.method
}

export type EveryMethod = [
  Expect<Equal<ServerNotification['method'], ServerNotificationMethod>>,
  Expect<Equal<ServerRequest['method'], ServerRequestMethod>>,
]
