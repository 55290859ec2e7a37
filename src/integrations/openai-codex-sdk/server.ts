import type { Codex as Client } from '../../client/index.js'
import type { StdioTransport } from '../../transports/stdio.js'
import { LoadedThreads } from './loaded-threads.js'
import type { Notices } from './notices.js'

/** A running app-server. It keeps the program alive only while somebody holds it. */
export class Server {
  readonly client: Client
  readonly threads: LoadedThreads
  readonly notices: Notices
  /** Resolves when its process has exited or its connection has ended. Never rejects. */
  readonly ended: Promise<unknown>
  readonly #transport: StdioTransport
  #holders = 0

  constructor(client: Client, transport: StdioTransport, notices: Notices) {
    this.client = client
    this.threads = new LoadedThreads(client)
    this.notices = notices
    this.#transport = transport
    // The exit is known before its last output has been read, and nothing may be sent any more.
    this.ended = Promise.race([client.closed, transport.exited])
    transport.unref()
  }

  /** Keeps the program alive until the returned function is called. */
  hold(): () => void {
    if (this.#holders === 0) this.#transport.ref()
    this.#holders += 1
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holders -= 1
      if (this.#holders === 0) this.#transport.unref()
    }
  }
}
