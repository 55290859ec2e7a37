import { resolve } from 'node:path'
import { classifyFailure, createFailure, type Failure, type FailurePhase } from '../failures/index.js'
import { codexHomeProblem, inspectCodexHome } from '../process/codex-home/index.js'
import type { Sent } from '../protocol/index.js'
import { RequestTimeoutError } from '../rpc/errors.js'
import { AbortedError } from '../util/errors.js'
import { checkFunction, checkOptions, checkSignal, checkString, checkTimeoutMs } from '../util/validate.js'
import { Codex } from './codex.js'
import type { TurnEvent } from './events.js'
import { type TurnInput, toUserInput } from './input.js'
import { mergeDeltas } from './merge-deltas.js'
import type { CodexOptions } from './options.js'
import {
  type AppServerExit,
  binaryPath,
  exitOf,
  type LaunchOptions,
  programProcess,
  type StdioTransport,
} from './start.js'
import type { OutputSchema } from './structured-output.js'
import type { Thread } from './thread.js'
import type { TurnResult } from './turn-result.js'

/** Options of {@link runTurn}: what to say, to which Codex, and what it may do. */
export interface RunTurnOptions<Output = undefined>
  extends Omit<CodexOptions, 'signal'>,
    Omit<LaunchOptions, 'binary' | 'args'> {
  /** What to say. */
  readonly prompt: TurnInput
  /** The program to run. @default Codex, found as `Codex.start` finds it */
  readonly command?: string | undefined
  /** All of its arguments. @default ['app-server'] */
  readonly args?: readonly string[] | undefined
  /** Thread to resume. @default a new thread */
  readonly threadId?: string | undefined
  /** @default the model of the Codex home's configuration */
  readonly model?: string | undefined
  /** When Codex asks for approval. @default that of the Codex home's configuration */
  readonly approvalPolicy?: Sent.AskForApproval | undefined
  /** What commands may do without approval. @default that of the Codex home's configuration */
  readonly sandbox?: Sent.SandboxMode | undefined
  /** Shape of the answer, as for `Thread.run`. */
  readonly output?: OutputSchema<Output> | undefined
  /** Time the whole run has, in milliseconds, from the call on. @default Infinity */
  readonly timeoutMs?: number | undefined
  /** Receives each event of the turn as it comes. What it throws is kept in `diagnostics`. */
  readonly onEvent?: ((event: TurnEvent) => void) | undefined
  /** Cancels the run. */
  readonly signal?: AbortSignal | undefined
}

/** How long each phase of a run took, in milliseconds; `undefined` for what was not reached. */
export interface RunTurnTimings {
  /** Until the process ran. */
  readonly spawnMs: number | undefined
  /** The handshake. */
  readonly initializeMs: number | undefined
  /** Starting or resuming the thread. */
  readonly threadMs: number | undefined
  /** From the start of the turn to its first event. */
  readonly firstEventMs: number | undefined
  /** From the start of the turn to the first text of the agent. */
  readonly firstTextMs: number | undefined
  readonly totalMs: number
}

/** What became of a {@link runTurn}. Plain data. */
export interface RunTurnResult<Output = undefined>
  extends Pick<TurnResult<Output>, 'text' | 'usage' | 'items' | 'output'> {
  /** `cancelled` by the signal or by an interrupt; `blocked` when a credential or the Codex home is missing. */
  readonly status: 'completed' | 'cancelled' | 'blocked' | 'failed'
  /** Why the run did not complete; absent when it did. */
  readonly failure?: Failure
  /** The events of the turn; neighbouring deltas of an item are merged into one. */
  readonly events: readonly TurnEvent[]
  /** Absent when no thread was reached. */
  readonly threadId: string | undefined
  /** Absent when no turn was reached. */
  readonly turnId: string | undefined
  /** How the process ended; absent when none was started. */
  readonly appServerExit: AppServerExit | undefined
  readonly timings: RunTurnTimings
  /** What went wrong on the way without ending the run, the first 100. */
  readonly diagnostics: readonly Error[]
}

const MAX_DIAGNOSTICS = 100

/**
 * Starts a Codex, starts or resumes a thread, runs one turn and ends everything again. Always resolves, also
 * for wrong options, and never rejects; nothing is left running.
 */
export async function runTurn<Output = undefined>(
  options: RunTurnOptions<Output>,
): Promise<RunTurnResult<Output>> {
  const run = new OneShot(options)
  try {
    await run.execute()
  } catch (error) {
    run.fail(error)
  }
  return await run.finish()
}

type Timings = { -readonly [Phase in keyof RunTurnTimings]: RunTurnTimings[Phase] }

class OneShot<Output> {
  readonly #options: RunTurnOptions<Output>
  readonly #startedAt = performance.now()
  readonly #events: TurnEvent[] = []
  readonly #diagnostics: Error[] = []
  readonly #stop = new AbortController()
  readonly #timings: Timings = {
    spawnMs: undefined,
    initializeMs: undefined,
    threadMs: undefined,
    firstEventMs: undefined,
    firstTextMs: undefined,
    totalMs: 0,
  }
  #phase: FailurePhase = 'configure'
  #failure: Failure | undefined
  #turn: TurnResult<Output> | undefined
  #threadId: string | undefined
  #codex: Codex | undefined
  #transport: StdioTransport | undefined
  #release = () => {}

  constructor(options: RunTurnOptions<Output>) {
    this.#options = options
  }

  async execute(): Promise<void> {
    const options = this.#check()
    if (!(await this.#isHomeUsable())) return
    await this.#connect(options)
  }

  fail(error: unknown): void {
    const stopped: unknown = this.#stop.signal.aborted ? this.#stop.signal.reason : undefined
    this.#failure = classifyFailure(stopped ?? error, {
      phase: this.#phase,
      ...(this.#phase === 'configure' || this.#phase === 'spawn' ? { requestWritten: false } : {}),
    })
  }

  async finish(): Promise<RunTurnResult<Output>> {
    this.#release()
    await this.#codex?.close()
    await this.#transport?.close()
    const turn = this.#turn
    const failure = this.#failure ?? turn?.failure
    this.#timings.totalMs = performance.now() - this.#startedAt
    return {
      status: statusOf(failure),
      ...(failure ? { failure } : {}),
      text: turn?.text ?? '',
      items: turn?.items ?? [],
      usage: turn?.usage,
      output: turn?.output,
      events: this.#events,
      threadId: this.#threadId,
      turnId: turn?.turnId || undefined,
      appServerExit: this.#transport && (await exitOf(this.#transport, this.#options.stderrTailBytes)),
      timings: this.#timings,
      diagnostics: this.#diagnostics,
    }
  }

  #check(): RunTurnOptions<Output> {
    const options = this.#options
    checkOptions('options', options ?? null)
    toUserInput(options.prompt, 'prompt')
    for (const name of ['command', 'threadId', 'model'] as const) checkString(name, options[name])
    checkFunction('onEvent', options.onEvent)
    checkSignal('signal', options.signal)
    const timeoutMs = checkTimeoutMs('timeoutMs', options.timeoutMs, Number.POSITIVE_INFINITY)
    this.#watch(options.signal, timeoutMs)
    return options
  }

  /** One signal for whatever ends the run early, with the reason as its cause. */
  #watch(signal: AbortSignal | undefined, timeoutMs: number): void {
    const onAbort = () => this.#stop.abort(new AbortedError('The run', { cause: signal?.reason }))
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
    const timer =
      timeoutMs === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(() => this.#stop.abort(new RequestTimeoutError('The run', timeoutMs)), timeoutMs)
    this.#release = () => {
      signal?.removeEventListener('abort', onAbort)
      clearTimeout(timer)
    }
    this.#stop.signal.throwIfAborted()
  }

  async #isHomeUsable(): Promise<boolean> {
    const { command, codexHome, env, inheritEnv } = this.#options
    // A program of the caller's own may keep its credentials anywhere.
    if (command !== undefined && codexHome === undefined) return true
    const report = await inspectCodexHome(codexHome === undefined ? env?.CODEX_HOME : resolve(codexHome), {
      env: inheritEnv === false ? (env ?? {}) : { ...process.env, ...env },
      signal: this.#stop.signal,
    })
    const problem = codexHomeProblem(report, { needs: 'credentials' })
    if (problem) {
      this.#failure = createFailure('secret-unavailable', problem.reason, {
        phase: 'configure',
        requestWritten: false,
      })
    }
    return !problem
  }

  async #connect(options: RunTurnOptions<Output>): Promise<void> {
    const transport = transportOf(options)
    this.#transport = transport
    this.#phase = 'spawn'
    const clock = new LapClock()
    const start = transport.start.bind(transport)
    transport.start = async () => {
      await start()
      this.#timings.spawnMs = clock.lap()
      this.#phase = 'initialize'
    }
    const codex = await Codex.connect(transport, { ...options, signal: this.#stop.signal })
    this.#codex = codex
    this.#timings.initializeMs = clock.lap()
    codex.on('diagnostic', (error) => this.#note(error))
    this.#phase = 'thread'
    const thread = await openThread(codex, options, this.#stop.signal)
    this.#timings.threadMs = clock.lap()
    this.#threadId = thread.id
    this.#phase = 'turn'
    await this.#follow(thread, clock)
  }

  async #follow(thread: Thread, clock: LapClock): Promise<void> {
    const { prompt, output, onEvent } = this.#options
    const turn = thread.stream(prompt, { output, signal: this.#stop.signal })
    for await (const event of turn) {
      const elapsed = clock.elapsed()
      if (event.type !== 'turn.completed') this.#timings.firstEventMs ??= elapsed
      if (event.type === 'message.delta') this.#timings.firstTextMs ??= elapsed
      this.#keep(event)
      try {
        onEvent?.(event)
      } catch (error) {
        this.#note(error)
      }
    }
    const result = await turn.result
    this.#turn = result
    // The turn only knows that it was stopped; the run knows why.
    if (result.status === 'interrupted' && this.#stop.signal.aborted) this.fail(this.#stop.signal.reason)
  }

  #keep(event: TurnEvent): void {
    const last = this.#events.at(-1)
    const merged = last && mergeDeltas(last, event)
    if (merged) this.#events[this.#events.length - 1] = merged
    else this.#events.push(event)
  }

  #note(error: unknown): void {
    if (this.#diagnostics.length >= MAX_DIAGNOSTICS) return
    this.#diagnostics.push(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Measures one phase after the other. */
class LapClock {
  #mark = performance.now()

  elapsed(): number {
    return performance.now() - this.#mark
  }

  lap(): number {
    const elapsed = this.elapsed()
    this.#mark += elapsed
    return elapsed
  }
}

function transportOf<Output>(options: RunTurnOptions<Output>): StdioTransport {
  const { command, args = ['app-server'], ...launch } = options
  if (command !== undefined) return programProcess(command, args, launch)
  return programProcess(binaryPath(undefined, launch), args, launch)
}

function openThread<Output>(
  codex: Codex,
  { threadId, cwd, model, approvalPolicy, sandbox }: RunTurnOptions<Output>,
  signal: AbortSignal,
): Promise<Thread> {
  const options = { cwd, model, approvalPolicy, sandbox, signal }
  return threadId === undefined ? codex.startThread(options) : codex.resumeThread(threadId, options)
}

function statusOf(failure: Failure | undefined): RunTurnResult['status'] {
  if (!failure) return 'completed'
  if (failure.kind === 'turn-interrupted') return 'cancelled'
  return failure.kind === 'secret-unavailable' ? 'blocked' : 'failed'
}
