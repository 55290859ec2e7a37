import { closeSync, constants, openSync } from 'node:fs'
import { hasOrphans, killOrphans, killTreeNow } from '../../../process/process-tree.js'
import { RpcError } from '../../../rpc/errors.js'
import type { Child, ChildSink, Command, Launch } from './child.js'
import { PtyInput } from './pty-input.js'
import type { PtyModule, PtyTerminal } from './pty-module.js'
import { terminalCommand } from './terminal-command.js'

const COLUMNS = 80
const ROWS = 24
const EXIT_CHECK_MS = 50

/** Makes the starter of programs in a terminal of 24 rows and 80 columns. */
export function ptyLauncher(load: () => Promise<PtyModule>): Launch {
  return async (command, sink) => {
    const pty = await loaded(load)
    const { file, args } = terminalCommand(command)
    return new PtyProcess(open(pty, file, args, command), sink)
  }
}

async function loaded(load: () => Promise<PtyModule>): Promise<PtyModule> {
  try {
    return await load()
  } catch (cause) {
    const what = 'the optional package `@lydell/node-pty` is not installed or does not run here'
    throw new RpcError(-32600, `this exec-server cannot give a process a terminal: ${what}`, { cause })
  }
}

function open(pty: PtyModule, file: string, args: string[], { cwd, env }: Command): PtyTerminal {
  try {
    const name = env.TERM === undefined ? {} : { name: env.TERM }
    return pty.spawn(file, args, { ...name, cols: COLUMNS, rows: ROWS, cwd, env: { ...env }, encoding: null })
  } catch (cause) {
    throw RpcError.internal('the terminal could not be opened', { cause })
  }
}

class PtyProcess implements Child {
  readonly acceptsInput = true
  readonly #terminal: PtyTerminal
  readonly #input: PtyInput
  readonly #ownEnd: number | undefined
  #isExited = false
  #exitCheck: NodeJS.Timeout | undefined

  constructor(terminal: PtyTerminal, sink: ChildSink) {
    this.#terminal = terminal
    this.#input = new PtyInput(terminal)
    this.#ownEnd = openOwnEnd(terminal.ptsName)
    // Its end is told by onExit.
    terminal.on?.('error', () => {})
    terminal.onData((data: Buffer | string) => sink.output('pty', Buffer.from(data as Buffer)))
    terminal.onExit(({ exitCode, signal }) => {
      this.#isExited = true
      clearInterval(this.#exitCheck)
      if (this.#ownEnd !== undefined) closeSync(this.#ownEnd)
      sink.exited(signal ? 1 : exitCode)
      sink.closed()
    })
  }

  async write(bytes: Buffer): Promise<void> {
    if (!this.#isExited) await this.#input.write(bytes)
  }

  pause(): void {
    this.#terminal.pause()
    // A moment after the exit node-pty drops what nobody has read. What is left then is a few kilobytes.
    clearInterval(this.#exitCheck)
    this.#exitCheck = setInterval(() => {
      if (!this.#isThere()) this.resume()
    }, EXIT_CHECK_MS)
  }

  resume(): void {
    clearInterval(this.#exitCheck)
    this.#terminal.resume()
  }

  interrupt(): void {
    if (this.#isExited) return
    try {
      process.kill(-this.#terminal.pid, 'SIGINT')
    } catch {
      // It has gone in this very moment.
    }
  }

  kill(): void {
    if (this.#isExited) killOrphans(this.#terminal.pid)
    else killTreeNow(this.#terminal.pid)
  }

  hasOrphans(): boolean {
    return this.#isExited && hasOrphans(this.#terminal.pid)
  }

  release(): void {
    this.resume()
  }

  #isThere(): boolean {
    try {
      return process.kill(this.#terminal.pid, 0)
    } catch {
      return false
    }
  }
}

/**
 * Opens the terminal's other end, in the tick in which the program was started. While it is open, the program's exit
 * is no hangup to the reader, which drops what it has not read at a hangup: node-pty then reads on for a moment.
 */
function openOwnEnd(device: string | undefined): number | undefined {
  if (device === undefined) return undefined
  try {
    return openSync(device, constants.O_RDWR | constants.O_NOCTTY)
  } catch {
    // Without it a little may be lost at the end, as with any use of node-pty.
    return undefined
  }
}
