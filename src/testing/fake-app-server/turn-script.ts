import type {
  Received,
  ServerNotificationMethod,
  ServerNotificationParams,
  ServerRequestMethod,
  ServerRequestParams,
} from '../../protocol/index.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkOptions, checkString } from '../../util/validate.js'
import { unlessAborted } from '../model-stub/play.js'
import type { StubUsage } from '../model-stub/replies.js'
import { type Chunks, eachChunk } from './chunks.js'
import type { ServerRequestAnswer } from './client.js'
import { type FileEdit, items, turnDiff } from './items.js'
import {
  type ApprovalAsked,
  type ApprovalDecision,
  ask,
  askForChanges,
  askForCommand,
  type CommandOutcome,
  runCommand,
} from './turn-approvals.js'
import { checkCommandApproval, checkOutcome, checkUsage } from './turn-checks.js'
import { type FakeErrorInfo, retryError, turnError } from './turn-failures.js'
import { textOf } from './turn-input.js'
import type { FakeSteer, RetryOptions, SayOptions } from './turn-options.js'
import { askForPermissions } from './turn-permissions.js'
import { askUser, callTool, type FakeQuestion, type FakeToolResult } from './turn-questions.js'
import type { TurnRun } from './turn-run.js'

/**
 * What happens in one turn: handed to the script of `fake.onTurn`.
 *
 * Steps are played one after the other in the order in which they are asked for, whether or not the script awaits
 * them. A step resolves when its events are out; it rejects with an `AbortError` when the turn ends before. A step that
 * is given something broken, such as chunks that throw, fails the turn. The turn completes when the script has returned
 * and every step is done. Nothing waits for a clock.
 */
export class FakeTurn {
  readonly #run: TurnRun
  readonly #rules: Set<string>

  /** @internal */
  constructor(run: TurnRun, rules: Set<string>) {
    this.#run = run
    this.#rules = rules
  }

  get id(): string {
    return this.#run.id
  }

  get threadId(): string {
    return this.#run.thread.id
  }

  /** Which turn of its thread it is, from 1. */
  get number(): number {
    return this.#run.thread.turns.length
  }

  /** The texts that the turn was started with, joined by line feeds. */
  get text(): string {
    const [first] = this.#run.inputs
    return first ? textOf(first) : ''
  }

  /** What the turn was started with. */
  get input(): readonly Received.UserInput[] {
    return this.#run.inputs[0]?.content ?? []
  }

  /** Aborts when the turn is over before its script is: interrupted, failed, or the server closed. */
  get signal(): AbortSignal {
    return this.#run.signal
  }

  /**
   * What users say while the turn runs, as it comes, until the turn ends. Can be read once. Codex tells the model at
   * once or, while a tool runs, when the tool has ended.
   */
  get steers(): AsyncIterable<FakeSteer> {
    const inputs = this.#run.steers
    return {
      async *[Symbol.asyncIterator]() {
        for await (const input of inputs) {
          yield { text: textOf(input), input: input.content, clientUserMessageId: input.clientId }
        }
      },
    }
  }

  /** The model writes a message. */
  say(text: string, options: SayOptions = {}): Promise<void> {
    checkString('text', text, false)
    checkOptions('options', options)
    const { chunks = text === '' ? [] : [text], phase } = options
    return this.#write(items.agentMessage(this.#run.server.ids.item('msg'), '', phase ?? null), chunks, text)
  }

  /** The model thinks; clients are told a summary, in one part. */
  reasons(text: string): Promise<void> {
    checkString('text', text)
    const run = this.#run
    return run.play('response', () => {
      const item = items.reasoning(run.server.ids.item('rs'), [], [])
      const finish = run.open(item)
      const part = { ...run.address, itemId: item.id, summaryIndex: 0 }
      run.notify('item/reasoning/summaryPartAdded', part)
      run.notify('item/reasoning/summaryTextDelta', { ...part, delta: text })
      finish({ ...item, summary: [text] })
    })
  }

  /** A command runs that needs no approval. Nothing is executed. */
  runs(command: string, outcome: CommandOutcome = {}): Promise<void> {
    checkString('command', command)
    checkOutcome(outcome)
    return this.#run.play('tool', () => runCommand(this.#run, command, outcome))
  }

  /** A file is changed without approval. Nothing is written. */
  edits(path: string, diff: string, options: Pick<FileEdit, 'kind'> = {}): Promise<void> {
    checkString('path', path)
    checkString('diff', diff, false)
    const edits: FileEdit[] = [{ path, diff, ...options }]
    const run = this.#run
    return run.play('tool', () => {
      const item = items.fileChange(run.server.ids.item('call'), edits, run.thread.settings.cwd)
      run.open(item)({ ...item, status: 'completed' })
      run.notify('turn/diff/updated', { ...run.address, diff: turnDiff(edits) })
    })
  }

  /**
   * The model wants to run a command, to change files, or to have permissions, and Codex asks. Resolves with the decision as Codex acts
   * on it, when what was allowed is done. `cancel` ends the turn. As in Codex, nobody is asked when the thread's
   * approval policy is `never` (`decline`), or when what is wanted is allowed already (`acceptForSession`).
   */
  asksApproval(asked: ApprovalAsked): Promise<ApprovalDecision> {
    const run = this.#run
    if ('command' in asked) {
      checkCommandApproval(asked)
      return run.play('tool', () => askForCommand(run, asked, this.#rules), true)
    }
    if ('permissions' in asked) {
      checkOptions('permissions', asked.permissions)
      return run.play('tool', () => askForPermissions(run, asked))
    }
    if (!Array.isArray(asked.edits) || asked.edits.length === 0) {
      throw new InvalidInputError(
        'edits',
        asked.edits,
        'a list of at least one change, where there is no command and are no permissions',
      )
    }
    return run.play(
      'tool',
      async () => {
        const decision = await askForChanges(run, asked)
        if (decision === 'accept' || decision === 'acceptForSession') {
          run.notify('turn/diff/updated', { ...run.address, diff: turnDiff(asked.edits) })
        }
        return decision
      },
      true,
    )
  }

  /** Codex asks the user. Resolves with the answers by the questions' ids; an error counts as no answers. */
  asksUser(questions: readonly FakeQuestion[]): Promise<Readonly<Record<string, readonly string[]>>> {
    if (!Array.isArray(questions) || questions.length === 0) {
      throw new InvalidInputError('questions', questions, 'a list of at least one question')
    }
    return this.#run.play('tool', () => askUser(this.#run, questions))
  }

  /**
   * The model calls a tool that the client offered with `dynamicTools`. Resolves with what the model is told.
   * A tool that the thread does not have is not called: the model is told so.
   */
  callsTool(
    name: string,
    args: unknown = {},
    options: { readonly namespace?: string } = {},
  ): Promise<FakeToolResult> {
    checkString('name', name)
    return this.#run.play('tool', () => callTool(this.#run, name, args, options.namespace ?? null))
  }

  /** The provider's stream breaks, for the reason given, and Codex tries again. */
  retries(message: string, options: RetryOptions = {}): Promise<void> {
    checkString('message', message)
    const run = this.#run
    return run.play('response', () => {
      const { after, of = 5, httpStatusCode = null } = options
      if (after !== undefined) {
        const item = items.agentMessage(run.server.ids.item('msg'), '', null)
        run.open(item)
        run.notify('item/agentMessage/delta', { ...run.address, itemId: item.id, delta: after })
      }
      run.endResponse(false)
      run.retries += 1
      const error = retryError(run.retries, of, message, httpStatusCode)
      run.notify('error', { error, willRetry: true, ...run.address })
    })
  }

  /**
   * The turn fails. Steps that follow are not played.
   *
   * @param info - Codex's word for it, such as `usageLimitExceeded` or `serverOverloaded`, or an object such as
   *   `{ httpConnectionFailed: { httpStatusCode: 401 } }`
   * @param message - what the provider said; by default Codex's own text
   */
  fails(info: FakeErrorInfo, message?: string): Promise<void> {
    const run = this.#run
    return run.play(
      'response',
      () => {
        // What has a word of its own was said in the stream; the rest kept the stream from beginning.
        if (typeof info === 'string') run.beginResponse()
        if (info === 'contextWindowExceeded') run.fillContext()
        run.fail(turnError(info, message))
      },
      true,
    )
  }

  /** What the model response under way, and those that follow in this turn, cost. @default 100 in, 20 out */
  usage(usage: StubUsage): Promise<void> {
    checkUsage(usage)
    return this.#run.play('response', () => {
      this.#run.usage = usage
    })
  }

  /** The model takes its time: nothing happens until the promise resolves. One that rejects fails the turn. */
  waits<T>(promise: PromiseLike<T>): Promise<T> {
    return this.#run.play('response', () => unlessAborted(Promise.resolve(promise), this.signal))
  }

  /** Sends a notification as it is to all who follow the thread, for what has no step of its own. */
  notify<M extends ServerNotificationMethod>(method: M, params: ServerNotificationParams<M>): Promise<void> {
    checkString('method', method)
    return this.#run.play('response', () => this.#run.notify(method, params))
  }

  /** Sends a request as it is; resolves with the first answer, be it a result or an error, unchecked. */
  request<M extends ServerRequestMethod>(
    method: M,
    params: ServerRequestParams<M>,
  ): Promise<ServerRequestAnswer> {
    checkString('method', method)
    return this.#run.play('tool', () => ask(this.#run, method, params))
  }

  #write(item: ReturnType<typeof items.agentMessage>, chunks: Chunks, text: string): Promise<void> {
    const run = this.#run
    return run.play('response', async () => {
      const finish = run.open(item)
      const signal = run.responseSignal
      try {
        await eachChunk(chunks, signal, (delta) => {
          run.notify('item/agentMessage/delta', { ...run.address, itemId: item.id, delta })
        })
      } catch (error) {
        // New input makes Codex give the message up: it stays open, and the script goes on.
        if (signal.aborted && !run.signal.aborted) return
        throw error
      }
      finish({ ...item, text })
    })
  }
}

/** Answers a turn: asks for steps, and may await them. */
export type TurnScript = (turn: FakeTurn) => unknown
