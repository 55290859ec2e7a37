import type { ApprovalOutcome, ApprovalRequest } from '../approvals/index.js'
import { classifyFailure, type Failure, type FailureContext } from '../failures/index.js'
import type { ServerNotification } from '../protocol/index.js'
import {
  ConnectionClosedError,
  ProtocolViolationError,
  RequestTimeoutError,
  RpcError,
} from '../rpc/errors.js'
import type { CloseReason } from '../rpc/transport.js'
import { type Deferred, deferred } from '../util/deferred.js'
import { AbortedError } from '../util/errors.js'
import { EndWatch } from './end-watch.js'
import { TurnNotRunningError } from './errors.js'
import type { TurnEvent, TurnStatus } from './events.js'
import { HeldNotifications } from './held-notifications.js'
import { ProviderWatch } from './provider-watch.js'
import type { RunningTurn, TurnHost, TurnSpec } from './running-turn.js'
import { StopRequest } from './stop-request.js'
import { TurnOutput } from './turn-output.js'
import type { TurnResult } from './turn-result.js'

/**
 * One turn from its start to its one outcome. The outcome comes from Codex, or, when that cannot be, from the
 * refused start, the deadline of an interrupt, or the end of the connection: whichever is first.
 */
export class TurnRun<Output> implements RunningTurn<Output> {
  readonly threadId: string
  readonly started: Promise<string>
  readonly result: Promise<TurnResult<Output>>
  readonly #host: TurnHost
  readonly #spec: TurnSpec<Output>
  readonly #output: TurnOutput
  readonly #held = new HeldNotifications()
  readonly #start: Deferred<string> = deferred()
  readonly #stop: StopRequest
  readonly #provider: ProviderWatch
  readonly #end = new EndWatch(() => void this.#lookForEnd())
  #startDeadline: ReturnType<typeof setTimeout> | undefined
  readonly #startedAt = performance.now()
  readonly #resolveResult: (result: TurnResult<Output>) => void
  #id: string | undefined
  #closeReason: CloseReason | undefined
  #withdrawStart: (() => boolean) | undefined
  /** While the answer to `turn/start` is awaited; never rejects. */
  #starting: Promise<void> | undefined
  #isSettling = false

  constructor(host: TurnHost, spec: TurnSpec<Output>) {
    this.threadId = spec.params.threadId
    this.#host = host
    this.#spec = spec
    // Whoever waits for the start sees its failure; it must not count as unhandled when nobody does.
    this.started = this.#start.promise
    this.started.catch(() => {})
    const result = deferred<TurnResult<Output>>()
    this.result = result.promise
    this.#resolveResult = result.resolve
    this.#output = new TurnOutput({
      threadId: this.threadId,
      isStreamed: spec.isStreamed,
      usageBefore: host.threadUsage(this.threadId),
      onAbandon: () => this.stop(new AbortedError('The turn')),
    })
    this.#stop = new StopRequest({
      signal: spec.signal,
      timeoutMs: spec.timeoutMs,
      graceMs: spec.interruptTimeoutMs,
      interrupt: () => this.#interrupt(),
      expired: () => this.#onInterruptIgnored(),
    })
    this.#provider = new ProviderWatch(spec.providerTimeoutMs, (error) => this.stop(error))
  }

  get id(): string | undefined {
    return this.#id
  }

  get isSettled(): boolean {
    return this.#isSettling
  }

  get events(): AsyncIterable<TurnEvent> {
    return this.#output.events
  }

  /** Starts the turn, unless its signal has aborted already. */
  begin(): void {
    if (this.#stop.cause) {
      this.#settle('interrupted', this.#classify(this.#stop.cause, { requestWritten: false }))
      return
    }
    // Registered before the request is written: events may come before its answer.
    this.#host.register(this)
    const { startTimeoutMs } = this.#spec
    if (startTimeoutMs !== Infinity) {
      this.#startDeadline = setTimeout(() => {
        const unsent = this.#withdrawStart?.() ? ({ requestWritten: false } as const) : undefined
        this.#onStartFailed(new RequestTimeoutError('turn/start', startTimeoutMs, unsent))
      }, startTimeoutMs)
    }
    const { turnId, withdraw } = this.#host.startTurn(this.#spec.params)
    this.#withdrawStart = withdraw
    this.#starting = turnId.then(
      (id) => this.#onAccepted(id),
      (error: unknown) => this.#onStartFailed(error),
    )
  }

  receive(message: ServerNotification, turnId: string | undefined): void {
    if (this.#isSettling) return
    if (this.#id === undefined) {
      const adopted = this.#held.add(message, turnId)
      if (adopted !== undefined) this.#onAccepted(adopted)
    } else if (turnId === undefined || turnId === this.#id) {
      this.#apply(message, this.#id, turnId !== undefined)
    }
  }

  approvalRequested(request: ApprovalRequest): void {
    const { threadId, turnId = this.#id ?? '' } = request
    this.#tell({ type: 'approval.requested', threadId, turnId, request })
  }

  approvalResolved(request: ApprovalRequest, outcome: ApprovalOutcome): void {
    const { threadId, turnId = this.#id ?? '' } = request
    this.#tell({ type: 'approval.resolved', threadId, turnId, request, outcome })
  }

  notificationLost(): void {
    if (!this.#isSettling) this.#end.expectEnd()
  }

  stop(cause: Error): void {
    if (!this.#isSettling) this.#stop.request(cause)
  }

  connectionClosed(reason: CloseReason, requestWritten?: false): Promise<void> | undefined {
    if (this.#isSettling) return undefined
    if (this.#starting) {
      // The answer to the start may have come with the end of the turn just before: it is about to be seen.
      this.#closeReason = reason
      return this.#starting
    }
    const status = reason.kind === 'local' || this.#stop.cause ? 'interrupted' : 'failed'
    const cause = this.#stop.cause ?? new ConnectionClosedError(reason)
    this.#settle(status, this.#classify(cause, { requestWritten }))
    return undefined
  }

  /** Tells what Codex did not say, at its place among what Codex says. */
  #tell(event: TurnEvent): void {
    if (this.#isSettling) return
    if (this.#id === undefined) {
      this.#held.addEvent(event)
    } else if (event.turnId === '' || event.turnId === this.#id) {
      // An MCP server that asks may not say for which turn: it is the one that runs.
      this.#output.emit({ ...event, turnId: this.#id })
      this.#start.resolve(this.#id)
    }
  }

  #onAccepted(turnId: string): void {
    this.#starting = undefined
    clearTimeout(this.#startDeadline)
    if (this.#id !== undefined) return
    if (this.#isSettling) {
      // Given up before Codex answered: the turn that runs now must not go on unseen.
      this.#host.interruptNewTurn(this.threadId, turnId).catch(() => {})
      return
    }
    this.#id = turnId
    for (const held of this.#held.take()) {
      if ('event' in held) this.#tell(held.event)
      else this.receive(held.message, held.turnId)
    }
    if (this.#closeReason) void this.connectionClosed(this.#closeReason)
    else if (this.#stop.cause) void this.#interrupt()
  }

  #onStartFailed(error: unknown): void {
    this.#starting = undefined
    clearTimeout(this.#startDeadline)
    if (this.#isSettling || this.#id !== undefined) return
    // Unless Codex refused, the turn may run all the same, and was perhaps seen to.
    const running = error instanceof RpcError ? undefined : this.#held.runningTurn
    if (running !== undefined) this.#onAccepted(running)
    if (error instanceof ConnectionClosedError) void this.connectionClosed(error.reason, error.requestWritten)
    else if (running === undefined) this.#settle('failed', this.#classify(error))
  }

  #apply(message: ServerNotification, turnId: string, isOfTurn: boolean): void {
    if (message.method === 'turn/completed') {
      this.#onCompleted(message)
    } else {
      if (isOfTurn) this.#provider.observe(message)
      else if (isIdle(message)) this.#end.expectEnd()
      this.#output.take(message, turnId, isOfTurn)
      if (this.#output.isAnnounced) this.#start.resolve(turnId)
    }
  }

  #onCompleted(raw: ServerNotification<'turn/completed'>): void {
    this.#onEnd(raw.params.turn, raw)
  }

  /** Read loosely: whatever else is wrong with it, it says that the turn is over. */
  #onEnd(turn: unknown, raw?: ServerNotification): void {
    const { status, error } = (turn ?? {}) as { status?: unknown; error?: unknown }
    if (status === 'completed') {
      void this.#complete(raw)
    } else if (status === 'interrupted') {
      const cause = this.#stop.cause ?? new AbortedError('The turn')
      const context = this.#stop.cause ? {} : ({ interruptedBy: 'server' } as const)
      this.#settle('interrupted', this.#classify(cause, context), raw)
    } else {
      const cause =
        error ?? new ProtocolViolationError(`the turn ended as ${describeStatus(status)} without an error`)
      // The turn is known to be over: what it did not do, it will not do.
      this.#settle('failed', this.#classify(cause, { sideEffectsPossible: this.#output.hasActed }), raw)
    }
  }

  /** The turn's end was not told: its thread knows whether and how it ended. */
  async #lookForEnd(): Promise<void> {
    if (this.#isSettling || this.#id === undefined) return
    try {
      const turn = await this.#host.readTurn(this.threadId, this.#id)
      if (this.#isSettling || turn?.status === 'inProgress') return
      if (!turn) throw new ProtocolViolationError('the thread is idle and does not know the turn')
      this.#onEnd(turn)
    } catch (cause) {
      // A thread that cannot be asked, such as an ephemeral one, can only be believed.
      const error = new ProtocolViolationError('the turn ended without being told', { cause })
      this.#settle('failed', this.#classify(error))
    }
  }

  async #complete(raw?: ServerNotification): Promise<void> {
    if (!this.#spec.output) {
      this.#settle('completed', undefined, raw)
      return
    }
    // The turn is over while its answer is being parsed: nothing may settle it otherwise meanwhile.
    this.#close()
    try {
      const output = await this.#spec.output.parse(this.#output.snapshot(true).text)
      this.#finish('completed', undefined, raw, output)
    } catch (error) {
      this.#finish('failed', this.#classify(error), raw)
    }
  }

  async #interrupt(): Promise<void> {
    if (this.#isSettling) return
    if (this.#id === undefined) {
      // What has not been sent need not be interrupted.
      if (!this.#withdrawStart?.()) return
      this.#settle('interrupted', this.#classify(this.#stop.cause, { requestWritten: false }))
      return
    }
    try {
      if (this.#output.isAnnounced) await this.#host.interruptTurn(this.threadId, this.#id)
      else await this.#host.interruptNewTurn(this.threadId, this.#id)
    } catch {
      // Refused because the turn is ending, or unanswered: the turn's end or the deadline settles it.
    }
  }

  #onInterruptIgnored(): void {
    if (this.#isSettling || !this.#stop.cause) return
    const unanswered = this.#id === undefined ? this.#held.runningTurn : undefined
    this.#settle('interrupted', this.#classify(this.#stop.cause))
    // Codex never answered the start, but runs the turn.
    if (unanswered !== undefined) this.#host.interruptTurn(this.threadId, unanswered).catch(() => {})
  }

  #classify(cause: unknown, context: FailureContext = {}): Failure {
    return classifyFailure(cause, {
      phase: this.#id === undefined ? 'turn-start' : 'turn',
      ...(this.#output.hasActed ? { sideEffectsPossible: true } : {}),
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
    this.#provider.dispose()
    this.#end.dispose()
    clearTimeout(this.#startDeadline)
    // A start that still waits must not be sent for a turn that has been given up.
    this.#withdrawStart?.()
    this.#held.take()
    this.#host.release(this)
    this.#start.reject(new TurnNotRunningError())
  }

  #finish(status: TurnStatus, failure: Failure | undefined, raw?: ServerNotification, output?: Output): void {
    const { threadId } = this
    const turnId = this.#id ?? ''
    const outcome = { threadId, turnId, status, ...(failure ? { failure } : {}) }
    this.#output.end({ type: 'turn.completed', ...outcome, ...(raw ? { raw } : {}) })
    const durationMs = performance.now() - this.#startedAt
    this.#resolveResult({ ...outcome, output, ...this.#output.snapshot(status === 'completed'), durationMs })
  }
}

function isIdle(message: ServerNotification): boolean {
  return message.method === 'thread/status/changed' && message.params?.status?.type === 'idle'
}

/** Off the wire, so of any type; objects may even refuse to become text. */
function describeStatus(status: unknown): string {
  return typeof status === 'string' ? status.slice(0, 40) : typeof status
}
