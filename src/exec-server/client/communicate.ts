import { checkSignal, checkTimeoutMs } from '../../util/validate.js'
import type { ByteStream, CollectedOutput } from './byte-stream.js'
import { checkRequestOptions } from './connection.js'
import { ProcessInputError } from './errors.js'
import { readBytes } from './process-input.js'
import type { ProcessExit } from './process-state.js'

/** Options of `ManagedProcess.communicate`. */
export interface CommunicateOptions {
  /** Gives up: it then rejects with an `AbortedError`; the process runs on. */
  readonly signal?: AbortSignal | undefined
  /** How long it may take, in milliseconds. @default Infinity */
  readonly timeoutMs?: number | undefined
}

/** What a process wrote, and how it ended. */
export interface CommunicateResult extends ProcessExit {
  readonly stdout: CollectedOutput
  readonly stderr: CollectedOutput
  readonly pty: CollectedOutput
}

/** What it takes to talk with a process. */
interface Partner {
  readonly stdout: ByteStream
  readonly stderr: ByteStream
  readonly pty: ByteStream
  write(data: Uint8Array, options: { readonly signal?: AbortSignal }): Promise<void>
  wait(options: CommunicateOptions): Promise<ProcessExit>
}

const END_OF_INPUT = 4
const LINE_FEED = 10

/** Writes the input and collects all output to the end. */
export async function communicate(
  process: Partner,
  isTerminal: boolean,
  input: string | Uint8Array | undefined,
  options: CommunicateOptions,
): Promise<CommunicateResult> {
  checkRequestOptions(options)
  checkSignal('signal', options.signal)
  checkTimeoutMs('timeoutMs', options.timeoutMs, Infinity)
  const { signal } = options
  const bytes = input === undefined ? undefined : readBytes('input', input)
  // Before anything is written: another reader is refused now. What is kept until the end is bounded.
  const collectors = [process.stdout, process.stderr, process.pty].map((stream) => stream.collector())
  const exit = await new Promise<ProcessExit>((resolve, reject) => {
    process.wait(options).then(resolve, reject)
    // A write that still waits when the process has ended does not matter any more.
    if (bytes) write(process, isTerminal ? ended(bytes) : bytes, signal).catch(reject)
  })
  const [stdout, stderr, pty] = (await Promise.all(collectors.map((collect) => collect()))) as [
    CollectedOutput,
    CollectedOutput,
    CollectedOutput,
  ]
  return { ...exit, stdout, stderr, pty }
}

async function write(process: Partner, bytes: Buffer, signal: AbortSignal | undefined): Promise<void> {
  try {
    await process.write(bytes, signal ? { signal } : {})
  } catch (error) {
    // It did not want all of its input; how it ended says more.
    if (!(error instanceof ProcessInputError)) throw error
  }
}

/** A terminal takes ^D for the end of input at the beginning of a line, and before that for the end of the line. */
function ended(bytes: Buffer): Buffer {
  const isLineOpen = bytes.length > 0 && bytes.at(-1) !== LINE_FEED
  return Buffer.concat([bytes, Buffer.alloc(isLineOpen ? 2 : 1, END_OF_INPUT)])
}
