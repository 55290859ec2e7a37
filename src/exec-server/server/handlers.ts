import type { ExecMethod, ExecParams, ExecResult } from '../protocol/index.js'
import type { Connection } from './connection-state.js'
import { environmentHandlers } from './environment-handlers.js'
import { fileHandlers } from './files/file-handlers.js'
import { httpHandlers } from './http/http-handlers.js'
import { processHandlers } from './processes/process-handlers.js'
import type { ServerSettings } from './settings.js'

/** The methods that a server answers once the handshake is complete. */
export type HandledMethod = Exclude<
  ExecMethod,
  'initialize' | 'environmentConfig/read' | 'capabilities/discoverV2'
>

/**
 * Answers one method: checked parameters in, the result out. `signal` gives a signal that aborts when the answer
 * is no longer wanted; it is made when it is first asked for.
 */
export type Handler<M extends HandledMethod> = (
  params: ExecParams<M>,
  connection: Connection,
  signal: () => AbortSignal,
) => ExecResult<M> | Promise<ExecResult<M>>

/** The stateful half of a server: everything behind the handshake, without JSON. */
export type Handlers = { readonly [M in HandledMethod]: Handler<M> }

/** Makes the handlers of a server. */
export function createHandlers(settings: ServerSettings): Handlers {
  return {
    ...processHandlers(settings),
    ...fileHandlers(settings),
    ...environmentHandlers(settings),
    ...httpHandlers(settings),
  }
}
