import { writeSync } from 'node:fs'
import { sleep } from '../../../util/sleep.js'
import type { PtyTerminal } from './pty-module.js'

/** Waits between attempts to write to a terminal whose program does not read: they double up to the longest. */
const FIRST_WAIT_MS = 5
const LONGEST_WAIT_MS = 100

/**
 * Writes to a terminal without ever blocking. The stream of node-pty does block: when the program does not read, it
 * tries again and again within one call, and nothing else runs in this process meanwhile.
 *
 * Where the system has no descriptor to write to, the terminal's own `write` is used, which goes through a pipe there.
 */
export class PtyInput {
  readonly #terminal: PtyTerminal
  #last: Promise<void> = Promise.resolve()

  constructor(terminal: PtyTerminal) {
    this.#terminal = terminal
  }

  /** Resolves when the terminal has taken everything, or has ended. Writes are done in order. */
  write(bytes: Buffer): Promise<void> {
    const { fd, _socket: owner } = this.#terminal
    if (fd === undefined || owner === undefined) {
      this.#terminal.write(bytes)
      return this.#last
    }
    this.#last = this.#last.then(() => this.#writeAll(fd, bytes))
    return this.#last
  }

  async #writeAll(fd: number, bytes: Buffer): Promise<void> {
    let waitMs = FIRST_WAIT_MS
    for (let at = 0; at < bytes.length; ) {
      // Looked at in the tick of the write: a descriptor that was closed may be another file by now.
      if (this.#terminal._socket?.destroyed !== false) return
      const written = writeSome(fd, bytes, at)
      if (written === undefined) return
      at += written
      waitMs = written > 0 ? FIRST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS)
      if (at < bytes.length) await sleep(waitMs, undefined)
    }
  }
}

/** How many bytes the terminal took; `undefined` when it has ended. */
function writeSome(fd: number, bytes: Buffer, at: number): number | undefined {
  try {
    return writeSync(fd, bytes, at)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : undefined
  }
}
