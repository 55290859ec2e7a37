import pTimeout from 'p-timeout'
import { spawnChild } from '../../process/index.js'
import { TailBuffer } from '../../process/tail-buffer.js'
import type { ChildEnvironment } from '../server/connect.js'

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null
  /** The last part of what it printed. */
  readonly stdout: string
  /** The last part of its error stream, secrets removed. */
  readonly stderr: string
}

const MAX_OUTPUT_BYTES = 16_384

/** Runs a program to its end. Rejects with `SpawnError`, or when it takes too long; nothing is left running. */
export async function runProgram(
  command: string,
  args: readonly string[],
  env: ChildEnvironment | undefined,
  timeoutMs: number,
): Promise<ProgramEnd> {
  await using child = spawnChild({ command, args, env })
  await child.spawned
  const stdout = new TailBuffer(MAX_OUTPUT_BYTES)
  child.stdout.on('data', (chunk: Buffer) => stdout.write(chunk))
  child.stdin.end()
  const { code } = await pTimeout(child.exited, {
    milliseconds: timeoutMs,
    message: `It took longer than ${timeoutMs} ms`,
  })
  await child.terminate()
  return { code, stdout: stdout.text(), stderr: child.stderrTail() }
}
