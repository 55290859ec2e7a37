import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { type ChildHandle, type SpawnOptions, spawnChild } from '../../src/process/index.js'

/** Path of a program in `test/fixtures`. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.mjs`, import.meta.url))
}

/** Starts a fixture; it is gone when the test is over. */
export function startFixture(
  name: string,
  args: readonly string[] = [],
  options: Omit<SpawnOptions, 'command' | 'args'> = {},
): ChildHandle {
  const child = spawnChild({ command: process.execPath, args: [fixture(name), ...args], ...options })
  onTestFinished(async () => {
    await child.terminate({ force: true })
  })
  return child
}

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'conduit-process-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Reads lines one by one; rejects when the stream ends before one comes. */
export function lineReader(stream: Readable): () => Promise<string> {
  const lines = createInterface({ input: stream })[Symbol.asyncIterator]()
  return async () => {
    const next = await lines.next()
    if (next.done === true) throw new Error('The stream ended before the line came')
    return next.value
  }
}

/** Whether a process exists and still runs; one that waits for its parent to collect it does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
  } catch {
    return false
  }
}

/** Waits until a process that is not ours to wait for has gone; rejects when it stays. */
export async function goneAfterKill(pid: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (!isRunning(pid)) return
    await delay(10)
  }
  throw new Error(`Process ${pid} is still running`)
}
