import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Codex,
  type CodexOptions,
  type StartOptions,
  type Turn,
  type TurnEvent,
} from '../../src/client/index.js'
import { CODEX_OPTION_NAMES } from '../../src/client/options.js'
import { appServerProcess } from '../../src/client/start.js'
import {
  type ModelStub,
  type StubCodexHome,
  type StubCodexHomeOptions,
  startModelStub,
  stubCodexHome,
} from '../../src/testing/index.js'
import type { StdioTransport } from '../../src/transports/stdio.js'

/** The real Codex with a home of its own, in front of a model that a test scripts. */
export interface Bench extends AsyncDisposable {
  readonly codex: Codex
  readonly transport: StdioTransport
  readonly stub: ModelStub
  readonly home: StubCodexHome
  /** An empty folder to work in. */
  readonly workspace: string
  /** Another Codex process on the same home. */
  restart(options?: StartOptions): Promise<{ codex: Codex; transport: StdioTransport }>
}

export async function startBench(
  options: StartOptions = {},
  homeOptions: StubCodexHomeOptions = {},
): Promise<Bench> {
  const workspace = await mkdtemp(join(tmpdir(), 'client-workspace-'))
  const stub = await startModelStub()
  const home = await stubCodexHome(stub, homeOptions)
  const restart = async (more: StartOptions = {}) => {
    const transport = appServerProcess({ env: home.env, cwd: workspace, ...more })
    const known = Object.entries(more).filter(([name]) => Object.hasOwn(CODEX_OPTION_NAMES, name))
    return { codex: await Codex.connect(transport, Object.fromEntries(known) as CodexOptions), transport }
  }
  const first = await restart(options)
  return {
    ...first,
    stub,
    home,
    workspace,
    restart,
    async [Symbol.asyncDispose]() {
      await first.codex.close()
      await stub.close()
      await home.dispose()
      await rm(workspace, { recursive: true, force: true })
    },
  }
}

/** Reads a turn to its end. */
export async function readAll(turn: Turn<unknown>): Promise<TurnEvent[]> {
  const events: TurnEvent[] = []
  for await (const event of turn) events.push(event)
  return events
}

/** Reads until an event of a type has come, and leaves the rest to be read. */
export async function readUntil(
  iterator: AsyncIterator<TurnEvent, undefined>,
  type: TurnEvent['type'],
): Promise<TurnEvent[]> {
  const events: TurnEvent[] = []
  for (;;) {
    const { value, done } = await iterator.next()
    if (done) throw new Error(`the turn ended without ${type}: ${events.map((event) => event.type)}`)
    events.push(value)
    if (value.type === type) return events
  }
}

/** The streamed text of a turn's messages. */
export function textOf(events: readonly TurnEvent[]): string {
  return events.map((event) => (event.type === 'message.delta' ? event.delta : '')).join('')
}

/** Whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
