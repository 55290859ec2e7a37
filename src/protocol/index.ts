export type {
  ClientNotifications,
  ClientRequests,
  Received,
  Sent,
  ServerNotifications,
  ServerRequests,
} from './generated/index.js'
export { clientMethods, codexVersion, experimentalFields, experimentalMethods } from './generated/index.js'
export type {
  ClientMethod,
  ClientNotificationMethod,
  ClientNotificationParams,
  ParamlessClientMethod,
  ParamsArguments,
  ParamsOf,
  ResultOf,
  ServerNotification,
  ServerNotificationMethod,
  ServerNotificationParams,
  ServerRequest,
  ServerRequestMethod,
  ServerRequestParams,
  ServerRequestResult,
} from './methods.js'
