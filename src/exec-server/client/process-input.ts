import { randomUUID } from 'node:crypto'
import { InvalidInputError } from '../../util/errors.js'
import type { ExecConnection } from './connection.js'
import { checkWritten, explainWriteError, writeFor } from './dialect.js'

/** Longest piece of input that is sent at once: 512 KiB. */
const MAX_PIECE_BYTES = 512 * 1024

/** The input of a process: writes in order, one after the other, each done once whatever happens to the connection. */
export class ProcessInput {
  readonly #connection: ExecConnection
  readonly #processId: string
  /** Makes the ids of writes unique in the session, where others may have written to the process before. */
  readonly #prefix = randomUUID()
  #count = 0
  #tail: Promise<unknown> = Promise.resolve()

  constructor(connection: ExecConnection, processId: string) {
    this.#connection = connection
    this.#processId = processId
  }

  /** Writes. Resolves when the server has taken it all. */
  write(data: string | Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const bytes = readBytes('data', data)
    const written = this.#tail.then(() => this.#write(bytes, signal))
    // The next write waits for this one, but not for its success.
    this.#tail = written.catch(() => {})
    return written
  }

  async #write(bytes: Buffer, signal: AbortSignal | undefined): Promise<void> {
    const { version } = this.#connection.greeting
    for (let at = 0; at < bytes.length; at += MAX_PIECE_BYTES) {
      const chunk = bytes.toString('base64', at, Math.min(at + MAX_PIECE_BYTES, bytes.length))
      this.#count += 1
      const params = { processId: this.#processId, chunk, writeId: `${this.#prefix}-${this.#count}` }
      try {
        // The server does a write of the same id once, so that it may be sent again. A full pipe takes its time.
        const options = { signal, timeoutMs: Infinity, onRepeat: () => {} }
        checkWritten(await this.#connection.request('process/write', writeFor(version, params), options))
      } catch (error) {
        throw explainWriteError(version, error)
      }
    }
  }
}

/** The bytes of a text or of binary data, which is not copied. Throws `InvalidInputError`. */
export function readBytes(option: string, data: string | Uint8Array): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  throw new InvalidInputError(option, data, 'a string or a Uint8Array')
}
