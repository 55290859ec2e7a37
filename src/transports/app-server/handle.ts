import type { ExitStatus } from '../../process/index.js'

/** An app-server that listens. */
export interface AppServerHandle extends AsyncDisposable {
  /** Where it listens, for `webSocket(url)`: as it was announced, or the `unix:` URL that was asked for. */
  readonly url: string
  readonly pid: number
  /** Resolves when it has exited, whatever ended it. Never rejects. */
  readonly exited: Promise<ExitStatus>
  /** The last part of its error stream, secrets and colour codes removed. */
  stderrTail(): string
  /**
   * Ends it in bounded steps, with everything it has started, and removes its token file and socket. Its
   * connections break. Idempotent, never rejects.
   */
  close(): Promise<void>
}
