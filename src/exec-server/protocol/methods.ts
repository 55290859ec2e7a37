import type { z } from 'zod'
import * as environment from './environment.js'
import * as fs from './file-system.js'
import * as http from './http.js'
import * as process from './process.js'
import * as session from './session.js'

/** The requests of the protocol: schemas of parameters and result by method. v0 has the first five. */
export const EXEC_METHODS = {
  initialize: { params: session.initializeParams, result: session.initializeResult },
  'process/start': { params: process.startParams, result: process.startResult },
  'process/read': { params: process.readParams, result: process.readResult },
  'process/write': { params: process.writeParams, result: process.writeResult },
  'process/terminate': { params: process.terminateParams, result: process.terminateResult },
  'process/signal': { params: process.signalParams, result: fs.emptyResult },
  'environment/info': { params: session.noParams, result: session.environmentInfo },
  'environment/status': { params: session.noParams, result: session.statusResult },
  'environmentConfig/read': {
    params: environment.environmentConfigParams,
    result: environment.environmentConfigResult,
  },
  'capabilities/discoverV2': { params: environment.discoverParams, result: environment.discoverResult },
  'fs/readFile': { params: fs.readFileParams, result: fs.readFileResult },
  'fs/writeFile': { params: fs.writeFileParams, result: fs.emptyResult },
  'fs/open': { params: fs.openParams, result: fs.openResult },
  'fs/readBlock': { params: fs.readBlockParams, result: fs.readBlockResult },
  'fs/writeBlock': { params: fs.writeBlockParams, result: fs.emptyResult },
  'fs/close': { params: fs.closeParams, result: fs.emptyResult },
  'fs/createDirectory': { params: fs.createDirectoryParams, result: fs.emptyResult },
  'fs/getMetadata': { params: fs.getMetadataParams, result: fs.metadataResult },
  'fs/canonicalize': { params: fs.canonicalizeParams, result: fs.canonicalizeResult },
  'fs/readDirectory': { params: fs.readDirectoryParams, result: fs.readDirectoryResult },
  'fs/walk': { params: fs.walkParams, result: fs.walkResult },
  'fs/remove': { params: fs.removeParams, result: fs.emptyResult },
  'fs/copy': { params: fs.copyParams, result: fs.emptyResult },
  'fs/watchMissing': { params: fs.watchMissingParams, result: fs.watchMissingResult },
  'http/request': { params: http.httpRequestParams, result: http.httpRequestResult },
} as const

/** The notifications that a server sends: schemas of their parameters by method. v0 has the first two. */
export const EXEC_NOTIFICATIONS = {
  'process/output': process.outputNotification,
  'process/exited': process.exitedNotification,
  'process/closed': process.closedNotification,
  'http/request/bodyDelta': http.bodyDeltaNotification,
  'fs/missingChanged': fs.missingChangedNotification,
} as const

/** The request that a server may send to its client, when a start named a network proxy. */
export const EXEC_SERVER_REQUESTS = {
  'network/policyRequest': {
    params: environment.networkPolicyParams,
    result: environment.networkPolicyResult,
  },
} as const

/** The one notification that a client sends: the handshake is complete. */
export const INITIALIZED = 'initialized'

/** Name of a request that a client can send. */
export type ExecMethod = keyof typeof EXEC_METHODS

/** Parameters of a request. */
export type ExecParams<M extends ExecMethod> = z.output<(typeof EXEC_METHODS)[M]['params']>

/** Result of a request. */
export type ExecResult<M extends ExecMethod> = z.output<(typeof EXEC_METHODS)[M]['result']>

/** Method → types of its parameters and result, as `RpcPeer` takes it. */
export type ExecRequests = {
  readonly [M in ExecMethod]: { readonly params: ExecParams<M>; readonly result: ExecResult<M> }
}

/** Name of a notification that a server can send. */
export type ExecNotificationMethod = keyof typeof EXEC_NOTIFICATIONS

/** Parameters of a notification. */
export type ExecNotificationParams<M extends ExecNotificationMethod> = z.output<
  (typeof EXEC_NOTIFICATIONS)[M]
>
