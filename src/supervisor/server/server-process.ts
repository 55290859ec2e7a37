import type { ExitStatus } from '../../process/index.js'
import type { CloseReason, Transport, WireMessage } from '../../rpc/transport.js'

/** A server process that is spoken with over its standard streams; as `stdio` makes it. */
export interface ServerProcess extends Transport {
  /** Process number; absent before `start()`, and when there is no process. */
  readonly pid: number | undefined
  /** Resolves when it has exited. Never rejects. */
  readonly exited: Promise<ExitStatus>
}

/** A server process that is written down before anything is said to it. */
export class NotedProcess implements Transport {
  readonly #inner: ServerProcess
  readonly #note: (pid: number) => Promise<void>

  /** @param note - what it rejects with makes the start fail, and the process is ended then */
  constructor(inner: ServerProcess, note: (pid: number) => Promise<void>) {
    this.#inner = inner
    this.#note = note
  }

  get onmessage() {
    return this.#inner.onmessage
  }

  set onmessage(handler: ((message: WireMessage) => void) | undefined) {
    this.#inner.onmessage = handler
  }

  get onerror() {
    return this.#inner.onerror
  }

  set onerror(handler: ((error: Error) => void) | undefined) {
    this.#inner.onerror = handler
  }

  get onclose() {
    return this.#inner.onclose
  }

  set onclose(handler: ((reason: CloseReason) => void) | undefined) {
    this.#inner.onclose = handler
  }

  async start(): Promise<void> {
    await this.#inner.start()
    const { pid } = this.#inner
    if (pid === undefined) return
    try {
      await this.#note(pid)
    } catch (error) {
      await this.#inner.close()
      throw error
    }
  }

  send(message: WireMessage): void | Promise<void> {
    return this.#inner.send(message)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}
