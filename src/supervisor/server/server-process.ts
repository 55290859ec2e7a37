import type { ExitStatus } from '../../process/index.js'
import type { CloseReason, Transport, WireMessage } from '../../rpc/transport.js'

/** A server process that is spoken with over its standard streams; as `stdio` makes it. */
export interface ServerProcess extends Transport {
  /** Process number; absent before `start()`, and when there is no process. */
  readonly pid: number | undefined
  /** Resolves when it has exited. Never rejects. */
  readonly exited: Promise<ExitStatus>
}

/** Who follows a {@link NotedProcess}. */
export interface ProcessObserver {
  /** Writes the process down. What it rejects with makes the start fail, and the process is ended then. */
  readonly note: (pid: number) => Promise<void>
  /** Receives the problems of the transport, also those before the handshake is over. Must not throw. */
  readonly onProblem: (error: Error) => void
}

/** A server process that is written down before anything is said to it. */
export class NotedProcess implements Transport {
  readonly #inner: ServerProcess
  readonly #observer: ProcessObserver

  constructor(inner: ServerProcess, observer: ProcessObserver) {
    this.#inner = inner
    this.#observer = observer
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
    this.#inner.onerror = (error) => {
      this.#observer.onProblem(error)
      handler?.(error)
    }
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
      await this.#observer.note(pid)
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
