import pTimeout from 'p-timeout'
import {
  checkStrictMode,
  type OutputSchema,
  type PreparedOutput,
  prepareOutput,
} from '../output/structured-output.js'
import type { ResultOf, Sent } from '../protocol/index.js'
import { RPC_ERROR_NUMBERS, RpcError } from '../rpc/errors.js'
import { InvalidInputError } from '../util/errors.js'
import { checkOptions, checkSignal, checkString, checkTimeoutMs } from '../util/validate.js'
import { ThreadBusyError, TurnFailedError, TurnNotRunningError } from './errors.js'
import { type TurnInput, toUserInput } from './input.js'
import type { RunningTurn, TurnHost, TurnSpec } from './running-turn.js'
import type { StallPolicy } from './stall-watch.js'
import { Turn } from './turn.js'
import type { CompletedTurn } from './turn-result.js'
import { TurnRun } from './turn-run.js'

/**
 * Options of a turn: everything `turn/start` takes (model, effort, sandboxPolicy, approvalPolicy, cwd and so on,
 * which then hold for later turns too), and what this library adds.
 */
export interface TurnOptions<Output = undefined>
  extends Omit<Sent.TurnStartParams, 'threadId' | 'input' | 'outputSchema'> {
  /** Interrupts the turn. It settles within the interrupt's deadline even if Codex does not react. */
  readonly signal?: AbortSignal | undefined
  /** Time the whole turn has, in milliseconds, before it is interrupted. @default Infinity */
  readonly timeoutMs?: number | undefined
  /** As `stallTimeoutMs` of the client, for this turn. @default that of the client */
  readonly stallTimeoutMs?: number | undefined
  /** Shape of the answer; it is parsed and checked, and is then `result.output`. Needs zod 4.2 or later. */
  readonly output?: OutputSchema<Output> | undefined
  /** Shape of the answer as a JSON schema; it is passed on and `result.text` is left as it is. */
  readonly outputSchema?: Readonly<Record<string, unknown>> | undefined
  /** Whether `outputSchema` must be one that OpenAI's strict mode accepts; other providers take others. @default true */
  readonly checkOutputSchema?: boolean | undefined
}

/** What a thread needs of the client it belongs to. */
export interface ThreadHost extends TurnHost {
  readonly interruptTimeoutMs: number
  readonly providerTimeoutMs: number
  readonly stall: StallPolicy
  readonly startTimeoutMs: number
  activeRun(threadId: string): RunningTurn<unknown> | undefined
  steerTurn(params: Sent.TurnSteerParams): Promise<unknown>
}

/** A thread as Codex described it when it was started or resumed: model, cwd, sandbox, and so on. */
export type ThreadInfo = ResultOf<'thread/start'> | ResultOf<'thread/resume'>

/** A conversation with Codex. Runs one turn at a time. */
export class Thread {
  readonly id: string
  /** How Codex described the thread when this object was made. */
  readonly info: ThreadInfo
  readonly #host: ThreadHost

  /** Made by `Codex.startThread` and `Codex.resumeThread`. */
  constructor(host: ThreadHost, info: ThreadInfo) {
    this.id = info.thread.id
    this.info = info
    this.#host = host
  }

  /**
   * Runs a turn to its end and resolves with its result. Rejects with {@link TurnFailedError}, which carries
   * the partial result, when the turn failed or was interrupted; with `InvalidInputError` for wrong options; with
   * {@link ThreadBusyError} while another turn of this client runs.
   */
  async run<Output = undefined>(
    input: TurnInput,
    options: TurnOptions<Output> = {},
  ): Promise<CompletedTurn<Output>> {
    const result = await this.#start(input, options, false).result
    if (result.failure) throw new TurnFailedError(result.failure, result)
    return result as CompletedTurn<Output>
  }

  /**
   * Starts a turn and returns it at once, to be iterated or awaited. Throws `InvalidInputError` for wrong options
   * and {@link ThreadBusyError} while another turn of this client runs.
   */
  stream<Output = undefined>(input: TurnInput, options: TurnOptions<Output> = {}): Turn<Output> {
    return this.#turn(this.#start(input, options, true))
  }

  /**
   * Says something to the agent now: steers the running turn, or starts a turn when none runs. The input is
   * taken once. Resolves with the turn that got it; one that `run()` started, or that is being read already,
   * has no events left to read. Options count only for a turn that is started.
   *
   * Rejects as {@link Turn.steer} does, with `TurnNotRunningError` when Codex neither takes the input into the
   * running turn nor ends that turn within the interrupt's deadline.
   */
  async send(input: TurnInput, options: TurnOptions = {}): Promise<Turn<unknown>> {
    this.#spec(input, options, true)
    for (;;) {
      const running = this.#host.activeRun(this.id)
      if (!running) return this.stream(input, options)
      const turn = this.#turn(running)
      try {
        await turn.steer(input)
        return turn
      } catch (error) {
        if (!isTurnOver(error)) throw error
        // The turn ended under the steer, which was refused: nothing was taken. Its end is on the way.
        if (!(await this.#endsSoon(running))) throw error
      }
    }
  }

  #endsSoon(run: RunningTurn<unknown>): Promise<boolean> {
    const ended = run.result.then(() => true)
    return pTimeout(ended, { milliseconds: this.#host.interruptTimeoutMs, fallback: () => false })
  }

  #turn<Output>(run: RunningTurn<Output>): Turn<Output> {
    return new Turn(run, async (turnId, input) => {
      const params = { threadId: this.id, expectedTurnId: turnId, input: toUserInput(input) }
      try {
        await this.#host.steerTurn(params)
      } catch (error) {
        throw isTurnOver(error) ? new TurnNotRunningError({ cause: error }) : error
      }
    })
  }

  #start<Output>(input: TurnInput, options: TurnOptions<Output>, isStreamed: boolean): TurnRun<Output> {
    const spec = this.#spec(input, options, isStreamed)
    if (this.#host.activeRun(this.id)) throw new ThreadBusyError(this.id)
    const run = new TurnRun(this.#host, spec)
    run.begin()
    return run
  }

  #spec<Output>(input: TurnInput, options: TurnOptions<Output>, isStreamed: boolean): TurnSpec<Output> {
    checkOptions('options', options)
    const { signal, timeoutMs, stallTimeoutMs, output, outputSchema, ...rest } = options
    const { checkOutputSchema = true, ...params } = rest
    const { stall } = this.#host
    checkSignal('signal', signal)
    for (const name of ['cwd', 'model', 'effort', 'clientUserMessageId'] as const) {
      checkString(name, params[name] ?? undefined)
    }
    if (output !== undefined && outputSchema !== undefined) {
      throw new InvalidInputError('outputSchema', outputSchema, 'nothing: `output` is given')
    }
    if (outputSchema !== undefined && checkOutputSchema) checkStrictMode('outputSchema', outputSchema)
    const prepared: PreparedOutput<Output> | undefined =
      output === undefined ? undefined : prepareOutput(output)
    const jsonSchema = prepared?.jsonSchema ?? outputSchema
    return {
      params: {
        ...params,
        threadId: this.id,
        input: toUserInput(input),
        ...(jsonSchema === undefined ? {} : { outputSchema: jsonSchema }),
      },
      output: prepared,
      signal,
      timeoutMs: checkTimeoutMs('timeoutMs', timeoutMs, Infinity),
      interruptTimeoutMs: this.#host.interruptTimeoutMs,
      providerTimeoutMs: this.#host.providerTimeoutMs,
      stall: {
        ...stall,
        stallTimeoutMs: checkTimeoutMs('stallTimeoutMs', stallTimeoutMs, stall.stallTimeoutMs),
      },
      startTimeoutMs: this.#host.startTimeoutMs,
      isStreamed,
    }
  }
}

/** Codex's words for a steer that came too late (measured). */
function isTurnOver(error: unknown): boolean {
  if (error instanceof TurnNotRunningError) return true
  return (
    error instanceof RpcError &&
    error.rpcCode === RPC_ERROR_NUMBERS.invalidRequest &&
    /no active turn to steer|expected active turn id/.test(error.message)
  )
}
