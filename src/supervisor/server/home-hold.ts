import type { Log } from '../log.js'
import { type HomeLease, leaseHome } from './home-lease.js'
import type { ServerOptions } from './options.js'

/** What a {@link HomeHold} needs to know. */
export interface HomeHoldOptions {
  readonly server: ServerOptions
  readonly codexHome: string
  readonly isDefaultHome: boolean
}

/** The Codex home of a supervisor: held while it runs a server of its own there. */
export class HomeHold {
  readonly #options: HomeHoldOptions
  readonly #log: Log
  #lease: HomeLease | undefined

  constructor(options: HomeHoldOptions, log: Log) {
    this.#options = options
    this.#log = log
  }

  /** Takes the home, unless it is held or the server is somebody else's. Rejects as `leaseHome` does. */
  async take(): Promise<void> {
    const { server, codexHome, isDefaultHome } = this.#options
    if (server.strategy !== 'spawn' || this.#lease) return
    this.#lease = await leaseHome(codexHome, { mayMake: isDefaultHome })
    const pid = this.#lease.endedOrphan
    if (pid === undefined) return
    this.#log('warn', 'server.orphan-ended', 'A Codex of an earlier program was ended', { pid })
  }

  /** Writes down which process is the server. Rejects with `PersistenceError`. */
  async note(pid: number): Promise<void> {
    await this.#lease?.note(pid)
  }

  /** Gives the home back, if it is held. Only once the server has ended. Never rejects. */
  async giveBack(): Promise<void> {
    await this.#lease?.release()
    this.#lease = undefined
  }
}
