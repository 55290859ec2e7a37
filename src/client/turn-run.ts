import type { ApprovalOutcome, ApprovalRequest } from '../approvals/index.js'
import { classifyFailure, type Failure, type FailureContext } from '../failures/index.js'
import type { Sent, ServerNotification, ServerNotificationParams } from '../protocol/index.js'
import { ConnectionClosedError, RequestTimeoutError } from '../rpc/errors.js'
import type { CloseReason } from '../rpc/transport.js'
import { AsyncQueue } from '../util/async-queue.js'
import { type Deferred, deferred } from '../util/deferred.js'
import { AbortedError } from '../util/errors.js'
import { TurnNotRunningError } from './errors.js'
import type { TurnEvent, TurnStatus } from './events.js'
import { HeldNotifications } from './held-notifications.js'
import { mapNotification } from './map-notification.js'
import { mergeDeltas } from './merge-deltas.js'
import { StopRequest } from './stop-request.js'
import type { PreparedOutput } from './structured-output.js'
import { TurnRecorder } from './turn-recorder.js'
import type { TurnResult } from './turn-result.js'
import { type TokenCounts, UsageMeter } from './usage.js'

/** A running turn as the rest of the client sees it. */
export interface RunningTurn<Output> {
  readonly threadId: string
  /** Id of the turn, once Codex has told it. */
  readonly id: string | undefined
  readonly isSettled: boolean
  /** Resolves with the turn's id when Codex has accepted it; rejects when the turn ended before. */
  readonly started: Promise<string>
  readonly events: AsyncIterable<TurnEvent>
  readonly result: Promise<TurnResult<Output>>
  /** Takes the next notification of the thread. `turnId` is the turn it names, if it names one. */
  receive(message: ServerNotification, turnId: string | undefined): void
  /** Tells the reader that Codex waits for an answer. */
  approvalRequested(request: ApprovalRequest): void
  /** Tells the reader that it no longer does. */
  approvalResolved(request: ApprovalRequest, outcome: ApprovalOutcome): void
  /** Interrupts the turn for a reason; it settles within the interrupt's deadline whatever Codex does. */
  stop(cause: Error): void
  /** The connection has ended: nothing more will come. */
  connectionClosed(reason: CloseReason): void
}

/** What a turn needs of the client that runs it. */
export interface TurnHost {
  /** Sends `turn/start`; resolves with the id of the turn. */
  startTurn(params: Sent.TurnStartParams): Promise<string>
  /** Sends `turn/interrupt`. */
  interruptTurn(threadId: string, turnId: string): Promise<unknown>
  /** The turn gets the notifications of its thread from here on, until it is released. */
  register(run: RunningTurn<unknown>): void
  release(run: RunningTurn<unknown>): void
  /** The thread's token totals before the turn, when they are known. */
  threadUsage(threadId: string): TokenCounts | undefined
}

/** What is to be run, checked and complete. */
export interface TurnSpec<Output> {
  readonly params: Sent.TurnStartParams
  readonly output: PreparedOutput<Output> | undefined
  readonly signal: AbortSignal | undefined
  /** Time the whole turn has, in milliseconds, or `Infinity`. */
  readonly timeoutMs: number
  /** Time Codex has to confirm an interrupt, in milliseconds. */
  readonly interruptTimeoutMs: number
  /** Whether somebody will read the events. */
  readonly isStreamed: boolean
}

/** Items whose work may have left traces outside of the conversation. */
const ACTING_ITEMS: ReadonlySet<string> = new Set([
  'commandExecution',
  'fileChange',
  'mcpToolCall',
  'dynamicToolCall',
  'collabAgentToolCall',
])

/**
 * One turn from its start to its one outcome. The outcome comes from Codex, or, when that cannot be, from the
 * refused start, the deadline of an interrupt, or the end of the connection: whichever is first.
 */
export class TurnRun<Output> implements RunningTurn<Output> {
  readonly threadId: string
  readonly started: Promise<string>
  readonly events: AsyncQueue<TurnEvent>
  readonly result: Promise<TurnResult<Output>>
  readonly #host: TurnHost
  readonly #spec: TurnSpec<Output>
  readonly #recorder = new TurnRecorder()
  readonly #meter: UsageMeter
  readonly #held = new HeldNotifications()
  readonly #start: Deferred<string> = deferred()
  readonly #stop: StopRequest
  readonly #startedAt = performance.now()
  readonly #resolveResult: (result: TurnResult<Output>) => void
  #id: string | undefined
  #isAnnounced = false
  #beforeStart: TurnEvent[] = []
  #hasActed = false
  #isSettling = false

  constructor(host: TurnHost, spec: TurnSpec<Output>) {
    this.threadId = spec.params.threadId
    this.#host = host
    this.#spec = spec
    this.#meter = new UsageMeter(host.threadUsage(this.threadId))
    // Whoever waits for the start sees its failure; it must not count as unhandled when nobody does.
    this.started = this.#start.promise
    this.started.catch(() => {})
    const result = deferred<TurnResult<Output>>()
    this.result = result.promise
    this.#resolveResult = result.resolve
    this.events = new AsyncQueue({
      name: 'A turn',
      merge: mergeDeltas,
      onAbandon: () => this.stop(new AbortedError('The turn')),
    })
    if (!spec.isStreamed) this.events.discard()
    this.#stop = new StopRequest({
      signal: spec.signal,
      timeoutMs: spec.timeoutMs,
      graceMs: spec.interruptTimeoutMs,
      interrupt: () => this.#interrupt(),
      expired: () => this.#settleStopped(),
    })
  }

  get id(): string | undefined {
    return this.#id
  }

  get isSettled(): boolean {
    return this.#isSettling
  }

  /** Starts the turn, unless its signal has aborted already. */
  begin(): void {
    if (this.#stop.cause) {
      this.#settle('interrupted', this.#classify(this.#stop.cause, { requestWritten: false }))
      return
    }
    // Registered before the request is written: events may come before its answer.
    this.#host.register(this)
    this.#host.startTurn(this.#spec.params).then(
      (turnId) => this.#onStarted(turnId),
      (error: unknown) => this.#onStartFailed(error),
    )
  }

  receive(message: ServerNotification, turnId: string | undefined): void {
    if (this.#isSettling) return
    if (this.#id === undefined) {
      const adopted = this.#held.add(message, turnId)
      if (adopted !== undefined) this.#onStarted(adopted)
    } else if (turnId === undefined || turnId === this.#id) {
      this.#apply(message, turnId !== undefined)
    }
  }

  approvalRequested(request: ApprovalRequest): void {
    const { threadId, turnId } = request
    this.#afterStart(() => this.#emit({ type: 'approval.requested', threadId, turnId, request }))
  }

  approvalResolved(request: ApprovalRequest, outcome: ApprovalOutcome): void {
    const { threadId, turnId } = request
    this.#afterStart(() => this.#emit({ type: 'approval.resolved', threadId, turnId, request, outcome }))
  }

  stop(cause: Error): void {
    if (!this.#isSettling) this.#stop.request(cause)
  }

  connectionClosed(reason: CloseReason): void {
    if (this.#isSettling) return
    const status = reason.kind === 'local' || this.#stop.cause ? 'interrupted' : 'failed'
    this.#settle(status, this.#classify(this.#stop.cause ?? new ConnectionClosedError(reason)))
  }

  /** Keeps what is about the turn behind the events that are held for it. */
  #afterStart(emit: () => void): void {
    if (this.#id === undefined) this.started.then(emit, () => {})
    else emit()
  }

  #onStarted(turnId: string): void {
    if (this.#isSettling && this.#id === undefined) {
      // Given up before Codex answered: the turn that runs now must not go on unseen.
      this.#host.interruptTurn(this.threadId, turnId).catch(() => {})
      return
    }
    if (this.#isSettling || this.#id !== undefined) return
    this.#id = turnId
    this.#start.resolve(turnId)
    for (const { message, turnId: named } of this.#held.take()) this.receive(message, named)
    if (!this.#isSettling && this.#stop.cause) void this.#interrupt()
  }

  #onStartFailed(error: unknown): void {
    if (this.#isSettling || this.#id !== undefined) return
    // The answer was lost, but the turn itself was seen to run.
    const running = error instanceof RequestTimeoutError ? this.#held.runningTurn : undefined
    if (running !== undefined) this.#onStarted(running)
    else this.#settle('failed', this.#classify(error, { phase: 'turn-start' }))
  }

  #apply(message: ServerNotification, isOfTurn: boolean): void {
    if (message.method === 'turn/completed') {
      this.#onCompleted(message)
    } else if (message.method === 'thread/tokenUsage/updated') {
      this.#onUsage(message)
    } else {
      this.#emit(mapNotification(message, this.threadId, this.#id ?? ''), isOfTurn)
    }
  }

  #onUsage(message: ServerNotification<'thread/tokenUsage/updated'>): void {
    const { tokenUsage } = message.params
    if (
      typeof tokenUsage?.total?.totalTokens !== 'number' ||
      typeof tokenUsage.last?.totalTokens !== 'number'
    ) {
      this.#emit(mapNotification(message, this.threadId, this.#id ?? ''))
      return
    }
    const usage = this.#meter.update(tokenUsage)
    this.#emit({
      type: 'usage.updated',
      threadId: this.threadId,
      turnId: this.#id ?? '',
      usage,
      raw: message,
    })
  }

  #onCompleted(raw: ServerNotification<'turn/completed'>): void {
    const { status, error } = (raw.params.turn ?? {}) as Partial<
      ServerNotificationParams<'turn/completed'>['turn']
    >
    if (status === 'completed') {
      void this.#complete(raw)
    } else if (status === 'interrupted') {
      const cause = this.#stop.cause ?? new AbortedError('The turn')
      this.#settle(
        'interrupted',
        this.#classify(cause, this.#stop.cause ? {} : { interruptedBy: 'server' }),
        raw,
      )
    } else {
      this.#settle('failed', this.#classify(error ?? { message: `the turn ended as ${String(status)}` }), raw)
    }
  }

  async #complete(raw: ServerNotification): Promise<void> {
    if (!this.#spec.output) {
      this.#settle('completed', undefined, raw)
      return
    }
    // The turn is over while its answer is being parsed: nothing may settle it otherwise meanwhile.
    this.#close()
    try {
      const output = await this.#spec.output.parse(this.#recorder.snapshot(true).text)
      this.#finish('completed', undefined, raw, output)
    } catch (error) {
      this.#finish('failed', this.#classify(error), raw)
    }
  }

  async #interrupt(): Promise<void> {
    if (this.#id === undefined || this.#isSettling) return
    try {
      await this.#host.interruptTurn(this.threadId, this.#id)
    } catch {
      // Refused because the turn is ending, or unanswered: the turn's end or the deadline settles it.
    }
  }

  #settleStopped(): void {
    if (!this.#isSettling && this.#stop.cause) {
      this.#settle('interrupted', this.#classify(this.#stop.cause))
    }
  }

  #emit(event: TurnEvent, isOfTurn = true): void {
    if (this.#isSettling) return
    if (!this.#isAnnounced) {
      if (!isOfTurn) {
        // The thread says that it becomes active before the turn says that it starts.
        this.#beforeStart.push(event)
        return
      }
      this.#announce(event)
      if (event.type === 'turn.started') return
    } else if (event.type === 'turn.started') {
      return
    }
    if (event.type === 'item.started' && ACTING_ITEMS.has(event.item.type)) this.#hasActed = true
    this.#recorder.record(event)
    this.events.push(event)
  }

  /** Every reader can rely on the first event, even when Codex left it out. */
  #announce(first: TurnEvent): void {
    this.#isAnnounced = true
    const { threadId } = this
    this.events.push(
      first.type === 'turn.started' ? first : { type: 'turn.started', threadId, turnId: first.turnId },
    )
    for (const event of this.#beforeStart.splice(0)) this.events.push(event)
  }

  #classify(cause: unknown, context: FailureContext = {}): Failure {
    return classifyFailure(cause, {
      phase: 'turn',
      ...(this.#hasActed ? { sideEffectsPossible: true } : {}),
      ...context,
    })
  }

  #settle(status: TurnStatus, failure: Failure | undefined, raw?: ServerNotification): void {
    if (this.#isSettling) return
    this.#close()
    this.#finish(status, failure, raw)
  }

  /** From here on nothing is received, and nothing else can settle the turn. */
  #close(): void {
    this.#isSettling = true
    this.#stop.dispose()
    this.#held.take()
    this.#host.release(this)
    this.#start.reject(new TurnNotRunningError())
  }

  #finish(
    status: TurnStatus,
    failure: Failure | undefined,
    raw: ServerNotification | undefined,
    output?: Output,
  ): void {
    const turnId = this.#id ?? ''
    this.events.push({
      type: 'turn.completed',
      threadId: this.threadId,
      turnId,
      status,
      ...(failure ? { failure } : {}),
      ...(raw ? { raw } : {}),
    })
    this.events.end()
    this.#resolveResult({
      status,
      threadId: this.threadId,
      turnId,
      ...(failure ? { failure } : {}),
      output,
      ...this.#recorder.snapshot(status === 'completed'),
      durationMs: performance.now() - this.#startedAt,
    })
  }
}
