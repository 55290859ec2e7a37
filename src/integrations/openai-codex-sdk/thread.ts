import { createFailure } from '../../failures/index.js'
import { turnError } from './errors.js'
import type { ThreadEvent, Usage } from './events.js'
import type { ThreadItem } from './items.js'
import type { Input, ThreadOptions, TurnOptions } from './options.js'
import type { SharedServer } from './shared-server.js'
import { type ThreadRequest, threadRequest } from './thread-request.js'
import { type TurnOwner, TurnStream } from './turn-stream.js'

/** A turn that went well. */
export type RunResult = {
  /** The items that were completed, in order. */
  items: ThreadItem[]
  /** Text of the last message of the agent; empty when it said nothing. */
  finalResponse: string
  /** See {@link Usage}: of all turns of the thread so far. */
  usage: Usage | null
}

/** A turn whose events are read. */
export type RunStreamedResult = {
  /** The events; the turn begins when the first is asked for. Leaving the loop early interrupts the turn. */
  events: AsyncGenerator<ThreadEvent>
}

/** What a thread needs of the Codex it belongs to. */
export interface ThreadHost {
  readonly server: SharedServer
  /** Whether somebody answers when Codex asks. */
  readonly canAsk: boolean
  /** The Codex home as the program names it; empty for the default one. */
  readonly home: string
}

/** A conversation with Codex, of one turn at a time. Made by `startThread` and `resumeThread` of a `Codex`. */
export class Thread {
  readonly #host: ThreadHost
  readonly #options: ThreadOptions
  #id: string | null

  constructor(host: ThreadHost, options: ThreadOptions, id: string | null) {
    this.#host = host
    this.#options = options
    this.#id = id
  }

  /** Id of the thread, to resume it with; `null` until its first turn has started. */
  get id(): string | null {
    return this.#id
  }

  /**
   * Runs a turn to its end. Rejects with a `CodexSdkError` when it fails, is aborted or cannot be started, and with
   * `InvalidInputError` for wrong options.
   */
  async run(input: Input, turnOptions: TurnOptions = {}): Promise<RunResult> {
    const stream = this.#stream(input, turnOptions)
    const items: ThreadItem[] = []
    let finalResponse = ''
    let usage: Usage | null = null
    let failed: string | undefined
    try {
      for await (const event of stream.events()) {
        if (event.type === 'item.completed') {
          items.push(event.item)
          if (event.item.type === 'agent_message') finalResponse = event.item.text
        } else if (event.type === 'turn.completed') usage = event.usage
        else if (event.type === 'turn.failed') failed = event.error.message
      }
    } catch (error) {
      if (failed === undefined) throw error
      throw turnError(failed, stream.result?.failure ?? createFailure('backend-failed', failed))
    }
    return { items, finalResponse, usage }
  }

  /** Runs a turn whose events are read as they come. What goes wrong is thrown to who reads them. */
  async runStreamed(input: Input, turnOptions: TurnOptions = {}): Promise<RunStreamedResult> {
    return { events: this.#stream(input, turnOptions).events() }
  }

  #stream(input: Input, turnOptions: TurnOptions): TurnStream {
    return new TurnStream(this.#owner(), input, turnOptions)
  }

  #owner(): TurnOwner {
    const { server, canAsk, home } = this.#host
    const id = () => this.#id
    return {
      server,
      home,
      get id() {
        return id()
      },
      request: (): ThreadRequest => threadRequest(this.#options, canAsk),
      opened: (opened) => {
        this.#id = opened
      },
    }
  }
}
