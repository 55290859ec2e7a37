import type { AppServerHandle } from './handle.js'
import type { LaunchAppServerOptions } from './options.js'

export { AppServerExitedError, AppServerNotReadyError, SocketInUseError } from './errors.js'
export type { AppServerHandle } from './handle.js'
export { DEFAULT_READY_TIMEOUT_MS, type LaunchAppServerOptions } from './options.js'

/**
 * Starts `codex app-server` for WebSocket clients and resolves when it can be connected to. It ends with `close()`,
 * and with this process unless that is killed outright.
 *
 * Rejects with `InvalidInputError` for a wrong option, `CodexNotFoundError`, `SpawnError`, `SocketInUseError` when the path
 * of a unix socket is taken, `AppServerExitedError` when it exits first, `AppServerNotReadyError` when it is
 * not ready in time, and `AbortedError`. Nothing is left running then.
 */
export async function launchAppServer(options: LaunchAppServerOptions): Promise<AppServerHandle> {
  const { launch } = await import('./launched-server.js')
  return launch(options)
}
