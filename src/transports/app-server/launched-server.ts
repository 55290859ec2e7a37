import { resolve } from 'node:path'
import pTimeout from 'p-timeout'
import { type ChildHandle, codexBinary, type ExitStatus, spawnChild } from '../../process/index.js'
import { RequestTimeoutError } from '../../rpc/errors.js'
import { deferred } from '../../util/deferred.js'
import { AbortedError } from '../../util/errors.js'
import { announcedUrl } from './announcement.js'
import { AppServerExitedError, AppServerNotReadyError } from './errors.js'
import type { AppServerHandle } from './handle.js'
import type { LaunchAppServerOptions } from './options.js'
import { checkLaunchOptions, type LaunchSettings } from './settings.js'
import { clearSocketPath, identifySocket, removeLeftSocket, untilListening } from './socket-file.js'
import { type TokenFile, writeTokenFile } from './token-file.js'

/** Does the work of `launchAppServer`. */
export async function launch(options: LaunchAppServerOptions): Promise<AppServerHandle> {
  const settings = checkLaunchOptions(options)
  const { auth, signal } = options
  throwIfAborted(signal)
  const command = codexBinary(options.binary, options)
  const { socketPath } = settings.listen
  if (socketPath !== undefined) await clearSocketPath(socketPath)
  const tokenFile = auth && (await writeTokenFile(auth.token))
  const announced = deferred<string>()
  let server: LaunchedServer
  try {
    const child = spawnChild({
      ...spawnOptionsOf(options, settings, tokenFile),
      command,
      onStderr: (line) => {
        const url = announcedUrl(line)
        if (url !== undefined) announced.resolve(url)
        options.onStderr?.(line)
      },
    })
    server = new LaunchedServer(child, settings, tokenFile)
  } catch (error) {
    await tokenFile?.remove()
    throw error
  }
  try {
    await server.ready(announced.promise, signal)
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}

function spawnOptionsOf(
  options: LaunchAppServerOptions,
  { listen }: LaunchSettings,
  tokenFile: TokenFile | undefined,
) {
  const { codexHome, env } = options
  const auth = tokenFile ? ['--ws-auth', 'capability-token', '--ws-token-file', tokenFile.path] : []
  return {
    args: ['app-server', '--listen', listen.url, ...auth, ...(options.args ?? [])],
    cwd: options.cwd,
    // Absolute, since a relative one would start at the child's own folder.
    env: codexHome === undefined ? env : { ...env, CODEX_HOME: resolve(codexHome) },
    inheritEnv: options.inheritEnv,
    stderrTailBytes: options.stderrTailBytes,
  }
}

class LaunchedServer implements AppServerHandle {
  url = ''
  readonly exited: Promise<ExitStatus>
  readonly #child: ChildHandle
  readonly #settings: LaunchSettings
  readonly #tokenFile: TokenFile | undefined
  #socketIdentity: string | undefined
  #closing: Promise<void> | undefined

  constructor(child: ChildHandle, settings: LaunchSettings, tokenFile: TokenFile | undefined) {
    this.#child = child
    this.#settings = settings
    this.#tokenFile = tokenFile
    this.exited = child.exited
    // It writes nothing there, but would block if it did and nobody read it.
    child.stdout.resume()
    // What it left behind goes also when it ends by itself. A server that was killed leaves its socket.
    void child.exited.then(() => {
      const { socketPath } = settings.listen
      if (socketPath !== undefined) removeLeftSocket(socketPath, this.#socketIdentity)
      return this.close()
    })
  }

  get pid(): number {
    // Nobody holds a server that could not be started.
    return this.#child.pid as number
  }

  stderrTail(): string {
    return this.#child.stderrTail()
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Resolves when it can be connected to. */
  async ready(announced: Promise<string>, signal: AbortSignal | undefined): Promise<void> {
    await this.#child.spawned
    const { readyTimeoutMs: milliseconds, listen } = this.#settings
    const stop = new AbortController()
    const { socketPath } = listen
    const listening =
      socketPath === undefined
        ? announced
        : untilListening(socketPath, stop.signal).then(() => {
            this.#socketIdentity = identifySocket(socketPath)
            return listen.url
          })
    // Given up by the signal below, it rejects when nobody waits for it any more.
    listening.catch(() => {})
    try {
      this.url = await pTimeout(Promise.race([listening, this.#failOnExit()]), {
        milliseconds,
        message: new RequestTimeoutError('The start of the app-server', milliseconds),
        ...(signal ? { signal } : {}),
      })
    } catch (error) {
      throwIfAborted(signal)
      if (!(error instanceof RequestTimeoutError)) throw error
      await this.close()
      throw new AppServerNotReadyError(
        `The app-server was not ready within ${milliseconds} ms`,
        this.stderrTail(),
        { cause: error },
      )
    } finally {
      stop.abort()
    }
  }

  async #failOnExit(): Promise<never> {
    const status = await this.exited
    // The last lines of the error stream tell why: they are there once the termination has drained it.
    await this.close()
    throw new AppServerExitedError(status, this.stderrTail())
  }

  async #end(): Promise<void> {
    await this.#child.terminate(this.#settings.termination)
    await this.#tokenFile?.remove()
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError('The start of the app-server', { cause: signal.reason })
}
