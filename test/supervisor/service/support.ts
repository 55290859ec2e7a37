import type { CodexOptions } from '../../../src/client/index.js'
import type { CloseReason, Transport } from '../../../src/rpc/transport.js'
import {
  type ExecRunner,
  type LogEvent,
  type ServerProcess,
  type SpawnRequest,
  Supervisor,
  type SupervisorOptions,
} from '../../../src/supervisor/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { deferred } from '../../../src/util/deferred.js'
import { AppServerDouble } from '../../client/support.js'
import { freshFolder } from '../folders.js'

/** A server process that is none: a double behind a memory transport. */
export class ProcessDouble implements ServerProcess {
  // A number that no process has, so that nothing real is ever looked up or signalled.
  readonly pid = undefined
  readonly exited: ServerProcess['exited']
  readonly server: AppServerDouble
  readonly #near: Transport
  readonly #exit = deferred<{ code: number | null; signal: string | null }>()
  #onclose: Transport['onclose']

  constructor(
    readonly request: SpawnRequest,
    prepare: (server: AppServerDouble) => void,
  ) {
    const [near, far] = memoryPair()
    this.#near = near
    this.server = new AppServerDouble(far)
    prepare(this.server)
    void this.server.start()
    this.exited = this.#exit.promise as ServerProcess['exited']
  }

  get onmessage() {
    return this.#near.onmessage
  }

  set onmessage(handler: Transport['onmessage']) {
    this.#near.onmessage = handler
  }

  get onerror() {
    return this.#near.onerror
  }

  set onerror(handler: Transport['onerror']) {
    this.#near.onerror = handler
  }

  get onclose() {
    return this.#onclose
  }

  set onclose(handler: Transport['onclose']) {
    this.#onclose = handler
    this.#near.onclose = (reason) => this.#end(reason)
  }

  start(): Promise<void> {
    return this.#near.start()
  }

  send(message: object): void | Promise<void> {
    return this.#near.send(message)
  }

  close(): Promise<void> {
    return this.#near.close()
  }

  /** Dies as a process does: whatever was on its way is lost. */
  die(reason: Partial<CloseReason> = { signal: 'SIGKILL' }): void {
    this.#near.onmessage = () => {}
    this.#end({ kind: 'remote', message: 'the process was ended', ...reason })
    void this.#near.close()
  }

  #end(reason: CloseReason): void {
    const tell = this.#onclose
    this.#onclose = undefined
    this.#exit.resolve({ code: reason.exitCode ?? null, signal: reason.signal ?? null })
    tell?.(reason)
  }
}

/** A supervisor in front of doubles. */
export interface Stage extends AsyncDisposable {
  readonly supervisor: Supervisor
  readonly processes: ProcessDouble[]
  readonly events: LogEvent[]
  /** The process that was started last. */
  latest(): ProcessDouble
  /** Resolves with the `which`-th event of a type, from 1. */
  event(type: string, which?: number): Promise<LogEvent>
}

export interface StageOptions extends SupervisorOptions {
  /** Scripts each server before it is spoken with. */
  readonly prepare?: (server: AppServerDouble, number: number) => void
}

/** Restarts without a wait worth the name. */
export const AT_ONCE = { minDelayMs: 1, maxDelayMs: 1 } as const

/** Opens a supervisor on doubles. Thread ids are unique over all of its servers. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const { prepare, ...more } = options
  const processes: ProcessDouble[] = []
  const events: LogEvent[] = []
  const watchers = new Set<() => void>()
  let threads = 0
  const supervisor = await Supervisor.open({
    codexHome: await freshFolder(),
    restart: AT_ONCE,
    client: { requestTimeoutMs: 5_000, interruptTimeoutMs: 1_000 } satisfies CodexOptions,
    spawner: (request) => {
      const child = new ProcessDouble(request, (server) => {
        server.handle('thread/start', () => {
          threads += 1
          return { thread: { id: `thread-${threads}` }, model: 'model-1', cwd: '/work' }
        })
        prepare?.(server, processes.length + 1)
      })
      processes.push(child)
      return child
    },
    logger: (event) => {
      events.push(event)
      for (const wake of watchers) wake()
      watchers.clear()
    },
    ...more,
  })
  return {
    supervisor,
    processes,
    events,
    latest: () => processes.at(-1) as ProcessDouble,
    async event(type, which = 1) {
      for (;;) {
        const found = events.filter((event) => event.type === type)[which - 1]
        if (found) return found
        await new Promise<void>((resolve) => watchers.add(resolve))
      }
    },
    [Symbol.asyncDispose]: () => supervisor.close(),
  }
}

/** Begins a turn that waits for the test to end it. */
export async function beginTurn({ supervisor, latest }: Stage, sessionId: string, input = 'Do it') {
  const { server } = latest()
  const before = server.calls('turn/start').length
  const creating = supervisor.createTurn({ sessionId, input })
  const { params } = await server.call('turn/start', before + 1)
  const turnId = `turn-${before + 1}`
  const threadId = params?.threadId as string
  server.notify('turn/started', { threadId, turn: { id: turnId, status: 'inProgress', items: [] } })
  const turn = await creating
  const complete = (status = 'completed', error: unknown = null) =>
    server.notify('turn/completed', { threadId, turn: { id: turnId, status, error, items: [] } })
  return { turn, turnId, threadId, complete }
}

/** A runner that waits for the test. */
export function heldRunner() {
  const requests: Parameters<ExecRunner>[0][] = []
  const watchers = new Set<() => void>()
  const settle: ((outcome: Awaited<ReturnType<ExecRunner>>) => void)[] = []
  const runner: ExecRunner = (request) =>
    new Promise((resolve) => {
      requests.push(request)
      settle.push(resolve)
      const cancelled = () => resolve(outcomeOf(false, 'CODEX_EXEC_CANCELLED'))
      request.signal?.addEventListener('abort', cancelled, { once: true })
      for (const wake of watchers) wake()
      watchers.clear()
    })
  return {
    runner,
    requests,
    /** Resolves when so many runs have begun. */
    async begun(count: number) {
      while (requests.length < count) await new Promise<void>((resolve) => watchers.add(resolve))
    },
    complete: (index: number) => settle[index]?.(outcomeOf(true)),
  }
}

export function outcomeOf(ok: boolean, code = 'CODEX_EXEC_EXIT_NON_ZERO'): Awaited<ReturnType<ExecRunner>> {
  const result = {
    durationMs: 5,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:00.005Z',
    exitCode: ok ? 0 : 1,
    signal: null,
    timedOut: false,
    threadId: 'exec-thread',
    lastMessage: ok ? 'done' : undefined,
    output: undefined,
    usage: undefined,
    jsonEvents: [],
    jsonEventsDropped: 0,
    jsonParseErrors: [],
    jsonParseErrorCount: 0,
    stdout: '',
    stdoutBytes: 0,
    stderr: '',
    stderrBytes: 0,
  }
  const invocation = { command: undefined, args: [], cwd: '/work', purpose: undefined, metadata: undefined }
  if (ok) return { ok, invocation, result }
  const failure = {
    kind: 'exec-exit-nonzero',
    phase: 'exec',
    message: 'It failed',
    retryable: false,
    retrySafety: 'indeterminate',
    hint: 'Look',
    details: {},
  } as const
  const error = { code: code as never, message: 'It failed', retryable: false, details: {} }
  return { ok, error, failure, invocation, result }
}
