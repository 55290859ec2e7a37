import type { ApprovalOutcome, ApprovalRequest } from '../approvals/index.js'
import type { ServerNotification } from '../protocol/index.js'
import { RpcError } from '../rpc/errors.js'
import type { CloseReason } from '../rpc/transport.js'
import { type Deferred, deferred } from '../util/deferred.js'
import { AbortedError } from '../util/errors.js'
import type { EventStream } from '../util/event-stream.js'
import { endTurn } from './end-turn.js'
import { InterruptIgnoredError, TurnNotRunningError } from './errors.js'
import type { TurnEvent } from './events.js'
import { HeldNotifications } from './held-notifications.js'
import { NamedTimers } from './named-timers.js'
import type { RunningTurn, TurnHost, TurnSpec } from './running-turn.js'
import {
  boundsOf,
  newSettlement,
  next,
  type Outcome,
  type SettlementEffect,
  type SettlementInput,
  type SettlementState,
  type TimerName,
} from './settlement/index.js'
import { StopTriggers } from './stop-triggers.js'
import { TurnOutput } from './turn-output.js'
import type { TurnResult } from './turn-result.js'
import { TurnWatch } from './turn-watch.js'

/**
 * One turn from its start to its one outcome. When and how it settles is decided by the state machine in
 * `settlement/`; this class tells it what happens and does what it says.
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
  #isStarted = false
  readonly #triggers: StopTriggers
  readonly #watch: TurnWatch
  readonly #timers = new NamedTimers<TimerName>((timer) => this.#feed({ type: 'timeout', timer }))
  readonly #startedAt = performance.now()
  readonly #resolveResult: (result: TurnResult<Output>) => void
  /** Takes the start back while it waits to be sent. */
  readonly #withdrawal = new AbortController()
  #state: SettlementState
  /** While the answer to `turn/start` is awaited; never rejects. */
  #starting: Promise<void> | undefined

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
    this.#state = newSettlement(boundsOf(spec))
    this.#output = new TurnOutput({
      threadId: this.threadId,
      isStreamed: spec.isStreamed,
      usageBefore: host.threadUsage(this.threadId),
      onAbandon: () => this.stop(new AbortedError('The turn')),
    })
    this.#watch = new TurnWatch({
      providerTimeoutMs: spec.providerTimeoutMs,
      stall: spec.stall,
      open: () => this.#output,
      tell: (stall) => this.#tell({ type: 'turn.stalled', threadId: this.threadId, turnId: '', ...stall }),
      probe: (cause) => this.#feed({ type: 'silent', cause }),
      expired: (error) => this.stop(error),
    })
    this.#triggers = new StopTriggers(spec, (cause) => this.stop(cause))
  }

  get id(): string | undefined {
    return this.#state.turnId
  }

  get isSettled(): boolean {
    return this.#state.phase === 'settled'
  }

  get events(): EventStream<TurnEvent> {
    return this.#output.events
  }

  /** Starts the turn, unless its signal has aborted already. */
  begin(): void {
    this.#feed({ type: 'begin' })
  }

  receive(message: ServerNotification, turnId: string | undefined): void {
    const { phase, turnId: id } = this.#state
    if (phase === 'settled') return
    if (id !== undefined) {
      if (turnId === undefined || turnId === id) this.#apply(message, id, turnId !== undefined)
      return
    }
    const adopted = this.#held.add(message, turnId)
    if (adopted !== undefined) this.#feed({ type: 'started', turnId: adopted })
    else if (this.#held.runningTurn !== this.#state.seenTurnId) {
      this.#feed({ type: 'turnSeen', turnId: this.#held.runningTurn })
    }
  }

  approvalRequested(request: ApprovalRequest): void {
    const { threadId, turnId = '' } = request
    this.#tell({ type: 'approval.requested', threadId, turnId, request })
    this.#watch.sign()
  }

  approvalResolved(request: ApprovalRequest, outcome: ApprovalOutcome): void {
    const { threadId, turnId = '' } = request
    this.#tell({ type: 'approval.resolved', threadId, turnId, request, outcome })
    this.#watch.sign()
  }

  notificationLost(): void {
    this.#feed({ type: 'messageLost' })
  }

  stop(cause: Error): void {
    this.#feed({ type: 'stopRequested', cause })
  }

  connectionLost(reason: CloseReason): void {
    this.#tell({ type: 'connection.lost', threadId: this.threadId, turnId: '', reason })
    this.#watch.missed()
    this.#feed({ type: 'connectionLost', reason })
  }

  connectionRestored(): void {
    this.#tell({ type: 'connection.restored', threadId: this.threadId, turnId: '' })
    this.#feed({ type: 'connectionRestored' })
  }

  connectionClosed(reason: CloseReason): Promise<void> | undefined {
    if (this.isSettled) return undefined
    this.#feed({ type: 'connectionClosed', reason })
    // The answer to the start may have come with the end of the turn just before: it is about to be seen.
    return this.isSettled ? undefined : this.#starting
  }

  #feed(input: SettlementInput): void {
    const { state, effects } = next(this.#state, input)
    this.#state = state
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: SettlementEffect): void {
    const { threadId } = this
    switch (effect.type) {
      case 'sendStart':
        this.#sendStart()
        break
      case 'withdrawStart':
        this.#withdrawal.abort()
        break
      case 'adopt':
        this.#adopt()
        break
      case 'sendInterrupt':
        this.#host.interruptTurn(threadId, effect.turnId).catch(() => this.#feed({ type: 'interruptFailed' }))
        break
      case 'interruptStray':
        // Refused when it has ended: then nothing is left to stop.
        this.#host.interruptStray(threadId, effect.turnId).catch(() => {})
        break
      case 'readTurn':
        this.#host.readTurn(threadId, effect.turnId).then(
          (turn) => {
            if (turn && !this.isSettled) this.#output.fill(turn)
            this.#feed({ type: 'turnRead', id: effect.id, turn })
          },
          (error: unknown) => this.#feed({ type: 'readFailed', id: effect.id, error }),
        )
        break
      case 'armTimer':
        this.#timers.arm(effect.timer, effect.ms)
        break
      case 'clearTimer':
        this.#timers.clear(effect.timer)
        break
      case 'watch':
        this.#watch.start()
        break
      case 'unwatch':
        this.#watch.dispose()
        break
      case 'reportIgnoredInterrupt':
        this.#host.report(new InterruptIgnoredError(threadId, this.id ?? '', this.#spec.interruptTimeoutMs))
        break
      case 'settle':
        this.#settle(effect.outcome)
    }
  }

  #sendStart(): void {
    // Registered before the request is written: events may come before its answer.
    this.#host.register(this)
    const onWrite = () => this.#feed({ type: 'startWritten' })
    const onOverload = (refusal: Error) => this.#feed({ type: 'startOverloaded', refusal })
    const { signal } = this.#withdrawal
    this.#starting = this.#host.startTurn(this.#spec.params, { signal, onWrite, onOverload }).then(
      (turnId) => this.#feed({ type: 'started', turnId }),
      (error: unknown) => {
        this.#feed({ type: error instanceof RpcError ? 'startRefused' : 'startUnanswered', error })
      },
    )
  }

  #adopt(): void {
    for (const held of this.#held.take()) {
      if ('event' in held) this.#tell(held.event)
      else this.receive(held.message, held.turnId)
    }
    this.#feed({ type: 'caughtUp' })
  }

  /** Tells what Codex did not say, at its place among what Codex says. */
  #tell(event: TurnEvent): void {
    if (this.isSettled) return
    if (this.id === undefined) {
      this.#held.addEvent(event)
    } else if (event.turnId === '' || event.turnId === this.id) {
      // An MCP server that asks may not say for which turn: it is the one that runs.
      this.#output.emit({ ...event, turnId: this.id })
      // Codex cannot be steered before it has said something of the turn itself.
      if (event.type.startsWith('approval.')) this.#markStarted(this.id)
    }
  }

  #apply(message: ServerNotification, turnId: string, isOfTurn: boolean): void {
    if (message.method === 'turn/completed') {
      this.#feed({ type: 'ended', turn: message.params.turn, raw: message })
      return
    }
    this.#watch.observe(message, isOfTurn)
    if (isOfTurn) {
      // Fed only while it matters: a turn may bring thousands a second.
      const { interrupt } = this.#state
      if (interrupt === 'sent' || interrupt === 'refused') this.#feed({ type: 'turnEvent' })
    } else if (message.method === 'thread/status/changed') {
      const status = message.params?.status?.type
      // Measured: behind a turn that failed, the status is `systemError`.
      if (status === 'idle' || status === 'systemError') this.#feed({ type: 'threadIdle' })
      else if (status === 'active') this.#feed({ type: 'threadActive' })
    }
    this.#output.take(message, turnId, isOfTurn)
    if (isOfTurn) this.#markStarted(turnId)
  }

  /** Once: to resolve a promise again for each event costs a third of what the event does. */
  #markStarted(turnId: string): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#start.resolve(turnId)
  }

  /** From here on nothing is received. */
  #settle(outcome: Outcome): void {
    this.#triggers.dispose()
    this.#watch.dispose()
    this.#held.take()
    this.#host.release(this)
    if (!this.#isStarted) this.#start.reject(new TurnNotRunningError())
    const { threadId, id: turnId = '' } = this
    const turn = { threadId, turnId, startedAt: this.#startedAt, expected: this.#spec.output }
    endTurn(turn, this.#output, outcome, this.#resolveResult)
  }
}
