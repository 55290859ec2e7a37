import type { ExecMethod, ExecParams, ExecResult } from '../protocol/index.js'
import type { Connection } from './connection-state.js'

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
