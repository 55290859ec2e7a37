import { resolve } from 'node:path'
import { classifyFailure, createFailure, type Failure, type FailurePhase } from '../failures/index.js'
import { prepareOutput } from '../output/structured-output.js'
import { codexHomeProblem, inspectCodexHome } from '../process/codex-home/index.js'
import { codexBinary } from '../process/index.js'
import { RequestTimeoutError } from '../rpc/errors.js'
import { toError, watch } from '../rpc/guard.js'
import { AbortedError } from '../util/errors.js'
import { onAbort } from '../util/on-abort.js'
import {
  checkFunction,
  checkKnownKeys,
  checkOneOf,
  checkOptions,
  checkSignal,
  checkString,
  checkTimeoutMs,
} from '../util/validate.js'
import { Codex, SANDBOXES } from './codex.js'
import type { TurnEvent } from './events.js'
import { toUserInput } from './input.js'
import { LapClock } from './lap-clock.js'
import { mergeDeltas } from './merge-deltas.js'
import { checkCodexOptions } from './options.js'
import { codexOptionsOf, RUN_OPTION_NAMES } from './run-turn-names.js'
import {
  DEFAULT_RUN_INTERRUPT_TIMEOUT_MS,
  type RunTurnOptions,
  type RunTurnResult,
  type RunTurnTimings,
} from './run-turn-options.js'
import { type AppServerExit, exitOf, programProcess, type StdioTransport } from './start.js'
import type { Thread } from './thread.js'
import { checkTools } from './tool-calls.js'
import type { TurnResult } from './turn-result.js'

const MAX_DIAGNOSTICS = 100

/** Does the work of `runTurn`. */
export async function runOneShot<Output = undefined>(
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
      appServerExit: await this.#exit(),
      timings: this.#timings,
      diagnostics: this.#diagnostics,
    }
  }

  async #exit(): Promise<AppServerExit | undefined> {
    const transport = this.#transport
    return transport?.pid === undefined ? undefined : exitOf(transport, this.#options.stderrTailBytes)
  }

  #check(): RunTurnOptions<Output> {
    const options = this.#options
    checkOptions('options', options ?? null)
    checkKnownKeys(options, RUN_OPTION_NAMES)
    toUserInput(options.prompt, 'prompt')
    for (const name of ['command', 'threadId', 'model'] as const) checkString(name, options[name])
    checkOneOf('sandbox', options.sandbox, SANDBOXES)
    checkFunction('onEvent', options.onEvent)
    const { experimentalApi } = checkCodexOptions(codexOptionsOf(options))
    checkTools(options.tools, experimentalApi)
    if (options.output !== undefined) prepareOutput(options.output)
    checkSignal('signal', options.signal)
    const timeoutMs = checkTimeoutMs('timeoutMs', options.timeoutMs, Number.POSITIVE_INFINITY)
    this.#watch(options.signal, timeoutMs)
    return options
  }

  /** One signal for whatever ends the run early, with the reason as its cause. */
  #watch(signal: AbortSignal | undefined, timeoutMs: number): void {
    const stop = () => this.#stop.abort(new AbortedError('The run', { cause: signal?.reason }))
    const unwatch = signal && !signal.aborted ? onAbort(signal, stop) : undefined
    if (signal?.aborted) stop()
    const timer =
      timeoutMs === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(() => this.#stop.abort(new RequestTimeoutError('The run', timeoutMs)), timeoutMs)
    this.#release = () => {
      unwatch?.()
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
    const codex = await Codex.connect(transport, {
      ...codexOptionsOf(options),
      // The process ends anyway: Codex need not confirm for long.
      interruptTimeoutMs: options.interruptTimeoutMs ?? DEFAULT_RUN_INTERRUPT_TIMEOUT_MS,
      signal: this.#stop.signal,
    })
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
    const { prompt, output } = this.#options
    const turn = thread.stream(prompt, { output, signal: this.#stop.signal })
    for await (const event of turn) {
      const elapsed = clock.elapsed()
      if (event.type !== 'turn.completed') this.#timings.firstEventMs ??= elapsed
      if (event.type === 'message.delta') this.#timings.firstTextMs ??= elapsed
      this.#keep(event)
      this.#tell(event)
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

  /** Calls the caller back; what it throws, or rejects with when it is asynchronous, is kept. */
  #tell(event: TurnEvent): void {
    const note = (error: Error) => this.#note(error)
    try {
      watch(this.#options.onEvent?.(event), note)
    } catch (error) {
      this.#note(toError(error))
    }
  }

  #note(error: Error): void {
    if (this.#diagnostics.length < MAX_DIAGNOSTICS) this.#diagnostics.push(error)
  }
}

function transportOf<Output>(options: RunTurnOptions<Output>): StdioTransport {
  const { command, args = ['app-server'], ...launch } = options
  if (command !== undefined) return programProcess(command, args, launch)
  return programProcess(codexBinary(undefined, launch), args, launch)
}

function openThread<Output>(
  codex: Codex,
  { threadId, cwd, model, approvalPolicy, sandbox, tools }: RunTurnOptions<Output>,
  signal: AbortSignal,
): Promise<Thread> {
  const options = { cwd, model, approvalPolicy, sandbox, signal, ...(tools ? { tools } : {}) }
  return threadId === undefined ? codex.startThread(options) : codex.resumeThread(threadId, options)
}

function statusOf(failure: Failure | undefined): RunTurnResult['status'] {
  if (!failure) return 'completed'
  if (failure.kind === 'turn-interrupted') return 'cancelled'
  return failure.kind === 'secret-unavailable' ? 'blocked' : 'failed'
}
