import type { Codex as Client } from '../../client/index.js'
import type { StdioTransport } from '../../transports/stdio.js'
import { LoadedThreads } from './loaded-threads.js'
import type { Notices } from './notices.js'

/** What a server needs of the process behind it. */
export type ServerProcess = Pick<StdioTransport, 'ref' | 'unref' | 'exited'>

/** A running app-server. It keeps the program alive only while somebody holds it. */
export class Server {
  readonly client: Client
  readonly threads: LoadedThreads
  readonly notices: Notices
  /** Resolves when its process has exited or its connection has ended. Never rejects. */
  readonly ended: Promise<unknown>
  readonly #process: ServerProcess
  #holders = 0

  constructor(client: Client, process: ServerProcess, notices: Notices) {
    this.client = client
    this.threads = new LoadedThreads(client)
    this.notices = notices
    this.#process = process
    // The exit is known before its last output has been read, and nothing may be sent any more.
    this.ended = Promise.race([client.closed, process.exited])
    process.unref()
  }

  /** Keeps the program alive until the returned function is called. */
  hold(): () => void {
    if (this.#holders === 0) this.#process.ref()
    this.#holders += 1
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holders -= 1
      if (this.#holders === 0) this.#process.unref()
    }
  }
}
