import type {
  ClientNotifications,
  ClientRequests,
  ServerNotifications,
  ServerRequests,
} from './generated/index.js'

/** Name of a request that we can send, for example `turn/start`. */
export type ClientMethod = keyof ClientRequests

/** Params of a request that we send. Admits `undefined` when the request can be sent without params. */
export type ParamsOf<M extends ClientMethod> = ClientRequests[M]['params']

/** What a request that we send resolves to. */
export type ResultOf<M extends ClientMethod> = ClientRequests[M]['result']

/**
 * Params of a request as the rest of an argument list: `[params]`, or `[params?]` when they can be left out.
 * For functions such as `request<M extends ClientMethod>(method: M, ...args: ParamsArguments<M>)`.
 */
export type ParamsArguments<M extends ClientMethod> =
  undefined extends ParamsOf<M> ? [params?: ParamsOf<M>] : [params: ParamsOf<M>]

/** Name of a request that can be sent without params, for example `memory/reset`. */
export type ParamlessClientMethod = {
  [M in ClientMethod]: undefined extends ParamsOf<M> ? M : never
}[ClientMethod]

/** Name of a request that the server can send, for example `item/tool/call`. */
export type ServerRequestMethod = keyof ServerRequests

/** Params of a request that the server sends. */
export type ServerRequestParams<M extends ServerRequestMethod> = ServerRequests[M]['params']

/** What we answer a request of the server with. */
export type ServerRequestResult<M extends ServerRequestMethod> = ServerRequests[M]['result']

/** Name of a notification that the server can send, for example `turn/completed`. */
export type ServerNotificationMethod = keyof ServerNotifications

/** Params of a notification that the server sends. */
export type ServerNotificationParams<M extends ServerNotificationMethod> = ServerNotifications[M]['params']

/** Name of a notification that we can send. */
export type ClientNotificationMethod = keyof ClientNotifications

/** Params of a notification that we send. */
export type ClientNotificationParams<M extends ClientNotificationMethod> = ClientNotifications[M]['params']

/** A notification of the server as it travels: a union that narrows by `method`. */
export type ServerNotification<M extends ServerNotificationMethod = ServerNotificationMethod> = {
  [K in M]: {
    readonly method: K
    readonly params: ServerNotificationParams<K>
    /** When the server emitted it, in milliseconds since the Unix epoch; older servers do not say. */
    readonly emittedAtMs?: number
  }
}[M]

/** A request of the server as it travels: a union that narrows by `method`. */
export type ServerRequest<M extends ServerRequestMethod = ServerRequestMethod> = {
  [K in M]: {
    readonly method: K
    readonly id: string | number
    readonly params: ServerRequestParams<K>
  }
}[M]
