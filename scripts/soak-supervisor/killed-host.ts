import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** How one life of the host ended: all was done, it was killed, or it failed. */
export type HostEnd = 'done' | 'killed' | 'failed'

/** What one life of the host is to be disturbed by. */
export interface Disturbances {
  /** Number of turns after which its server is killed next; none when undefined. */
  nextServerKill(): number | undefined
  /** The server was killed. */
  serverKilled(): void
  /** Number of turns after which the host is killed; never when undefined. */
  readonly hostKill: number | undefined
}

/** Runs the host until it is done or killed. Resolves when it is gone. */
export async function runHost(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  disturbances: Disturbances,
): Promise<HostEnd> {
  const program = fileURLToPath(new URL('host.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let server: number | undefined
  let isDone = false
  let isKilled = false
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, value] = line.split(' ')
    if (word === 'done') isDone = true
    if (word === 'server') server = Number(value)
    if (word !== 'turns') return
    const turns = Number(value)
    if (disturbances.hostKill !== undefined && turns >= disturbances.hostKill && !isKilled) {
      isKilled = true
      child.kill('SIGKILL')
    } else if (server !== undefined && turns >= (disturbances.nextServerKill() ?? Infinity)) {
      const pid = server
      server = undefined
      if (tryKill(pid)) disturbances.serverKilled()
    }
  })
  const [code] = await exited
  if (isKilled) return 'killed'
  return isDone && code === 0 ? 'done' : 'failed'
}

function tryKill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
