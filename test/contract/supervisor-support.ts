import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program that can be killed, and what it says, line by line. */
export interface HostProgram extends AsyncDisposable {
  readonly pid: number
  /** The next line, as JSON. Rejects when the program ends first. */
  next(): Promise<Record<string, unknown>>
  /** Kills it as nothing can be caught, and resolves when it is gone. */
  kill(): Promise<void>
}

/** Starts `test/fixtures/supervisor-host.mts`. */
export function startHost(args: readonly string[], env: Readonly<Record<string, string>>): HostProgram {
  const program = fileURLToPath(new URL('../fixtures/supervisor-host.mts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return {
    pid: child.pid as number,
    async next() {
      const { value, done } = await lines.next()
      if (done) throw new Error('the program has ended')
      return JSON.parse(value) as Record<string, unknown>
    },
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
