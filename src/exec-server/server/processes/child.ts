import type { z } from 'zod'
import type { outputStream } from '../../protocol/fields.js'

/** Where a chunk of output came from. */
export type OutputStream = z.output<typeof outputStream>

/** What is to be run. Everything is checked and complete. */
export interface Command {
  /** The program and its arguments; never empty. */
  readonly argv: readonly [string, ...string[]]
  /** Working folder, a path of this machine. */
  readonly cwd: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** What the program is told as its own name. @default its path as given */
  readonly arg0: string | undefined
  /** Whether its standard input can be written to. A terminal always can. */
  readonly pipeStdin: boolean
}

/** Receives what a process does. Must not throw. */
export interface ChildSink {
  /** Something was written. The bytes belong to the receiver. */
  output(stream: OutputStream, bytes: Buffer): void
  /** The program has exited; output written before may still come. */
  exited(exitCode: number): void
  /** Its output has ended. Always last. */
  closed(): void
}

/** A process that runs as the leader of its own session. It tells its sink from the start on. */
export interface Child {
  /** Whether its standard input was opened. */
  readonly acceptsInput: boolean
  /** Writes to its standard input. Resolves when the program can take more, or is gone; never rejects. */
  write(bytes: Buffer): Promise<void>
  /** Stops reading its output, which blocks it in the end. */
  pause(): void
  /** Reads its output again. */
  resume(): void
  /** Sends SIGINT to its group. */
  interrupt(): void
  /** Sends SIGKILL to its group, or to what it left behind after its exit. Never throws. */
  kill(): void
  /** Whether members of its group outlived it. */
  hasOrphans(): boolean
  /** Lets go of its streams, so that a stranger who holds their other ends keeps nothing alive. */
  release(): void
}

/** Starts a process. Rejects with an `RpcError` that can be sent when it cannot be started. */
export type Launch = (command: Command, sink: ChildSink) => Promise<Child>
