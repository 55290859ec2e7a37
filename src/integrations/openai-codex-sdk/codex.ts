import { InvalidInputError } from '../../util/errors.js'
import { checkOptions } from '../../util/validate.js'
import { canAsk, launchServer } from './launch.js'
import type { CodexOptions, ThreadOptions } from './options.js'
import { SharedServer } from './shared-server.js'
import { Thread, type ThreadHost } from './thread.js'

/**
 * The `Codex` of `@openai/codex-sdk`, with one app-server for all of its threads in place of one process for each
 * turn. The app-server starts with the first turn. It keeps the program alive only while a turn runs and ends
 * with the program, or earlier by {@link Codex.close}.
 */
export class Codex {
  /** Kept where a bundle has another class of this name. */
  static readonly name = 'Codex'
  readonly #host: ThreadHost

  /** Options are checked when the first turn starts. Throws `InvalidInputError` if they are no object. */
  constructor(options: CodexOptions = {}) {
    checkOptions('options', options)
    const settled = { ...options }
    this.#host = {
      server: new SharedServer((signal) => launchServer(settled, signal)),
      canAsk: canAsk(settled),
      home: (settled.env ?? process.env).CODEX_HOME ?? '',
    }
  }

  /** A new thread, which starts with its first turn. */
  startThread(options: ThreadOptions = {}): Thread {
    checkOptions('options', options)
    return new Thread(this.#host, options, null)
  }

  /**
   * A thread of the Codex home, whoever started it. Whether there is one shows with its first turn. Throws
   * `InvalidInputError` when the id is no text.
   */
  resumeThread(id: string, options: ThreadOptions = {}): Thread {
    if (typeof id !== 'string' || id === '') throw new InvalidInputError('id', id, 'a non-empty string')
    checkOptions('options', options)
    return new Thread(this.#host, options, id)
  }

  /**
   * Ends the app-server; running turns reject with a `CodexSdkError` and no further one can start. Resolves when
   * nothing is left of it. Idempotent. Not in the official package.
   */
  close(): Promise<void> {
    return this.#host.server.close()
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
