import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import { hasOrphans, killOrphans, killTreeNow } from '../../../process/process-tree.js'
import { checkBeforeSpawn, explainSpawnFailure } from '../../../process/spawn-check.js'
import { spawnFailure } from '../../../process/spawn-failure.js'
import { RpcError } from '../../../rpc/errors.js'
import { systemErrorText } from '../system-error.js'
import type { Child, ChildSink, Command } from './child.js'

const isWindows = process.platform === 'win32'

/** Starts a program with pipes for its output, and for its input when the command asks for that. */
export async function startPipeProcess(command: Command, sink: ChildSink): Promise<Child> {
  const { argv, cwd } = command
  const [program, ...args] = argv
  const refuse = (errno: string) => RpcError.internal(systemErrorText(errno))
  if (program === '') throw RpcError.internal('missing program for pipe spawn')
  const fault = checkBeforeSpawn(program, cwd)
  if (fault !== undefined) throw refuse(fault.errno)
  let child: ChildProcess
  try {
    child = spawn(program, args, {
      cwd,
      env: { ...command.env },
      argv0: command.arg0,
      shell: false,
      stdio: [command.pipeStdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      // On Windows `detached` would open a console window, and groups do not exist.
      detached: !isWindows,
      windowsHide: true,
    })
  } catch (cause) {
    throw refuse(explainSpawnFailure(program, cwd, cause).errno)
  }
  if (child.pid === undefined) throw refuse((await spawnFailure(child, program, cwd)).errno)
  return new PipeProcess(child, child.pid, sink)
}

class PipeProcess implements Child {
  readonly #process: ChildProcess
  readonly #pid: number
  readonly #sink: ChildSink
  #isExited = false
  #isPaused = false
  #drained: Promise<void> | undefined

  constructor(child: ChildProcess, pid: number, sink: ChildSink) {
    this.#process = child
    this.#pid = pid
    this.#sink = sink
    const { stdin, stdout, stderr } = child
    // After a start that succeeded this can only be a signal that could not be sent.
    child.on('error', ignore)
    // EPIPE: the program does not read its input any more.
    stdin?.on('error', ignore)
    this.#read('stdout', stdout)
    this.#read('stderr', stderr)
    child.once('exit', (code, signal) => {
      this.#isExited = true
      this.#sink.exited(code ?? (signal === null ? 1 : 128 + constants.signals[signal]))
    })
    child.once('close', () => this.#sink.closed())
  }

  get acceptsInput(): boolean {
    return this.#process.stdin !== null
  }

  async write(bytes: Buffer): Promise<void> {
    const { stdin } = this.#process
    if (!stdin?.writable || stdin.write(bytes)) return
    this.#drained ??= new Promise((resolve) => {
      const settle = () => {
        for (const event of UNBLOCKING) stdin.off(event, settle)
        this.#drained = undefined
        resolve()
      }
      for (const event of UNBLOCKING) stdin.on(event, settle)
    })
    await this.#drained
  }

  pause(): void {
    this.#isPaused = true
    this.#process.stdout?.pause()
    this.#process.stderr?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#process.stdout?.resume()
    this.#process.stderr?.resume()
  }

  interrupt(): void {
    if (this.#isExited) return
    try {
      process.kill(isWindows ? this.#pid : -this.#pid, 'SIGINT')
    } catch {
      // It has gone in this very moment.
    }
  }

  kill(): void {
    if (this.#isExited) killOrphans(this.#pid)
    else killTreeNow(this.#pid)
  }

  hasOrphans(): boolean {
    return this.#isExited && hasOrphans(this.#pid)
  }

  release(): void {
    const { stdin, stdout, stderr } = this.#process
    for (const stream of [stdin, stdout, stderr]) stream?.destroy()
  }

  #read(name: 'stdout' | 'stderr', stream: Readable | null): void {
    stream?.on('error', ignore)
    stream?.on('data', (chunk: Buffer) => this.#sink.output(name, chunk))
    // At the exit Node resumes what is paused, and what the program left behind may write for ever.
    stream?.on('resume', () => {
      if (this.#isPaused) stream.pause()
    })
  }
}

/** What frees a writer that waits; a stream that breaks never drains. */
const UNBLOCKING = ['drain', 'error', 'close'] as const

function ignore(): void {}
