import type { Received, ServerNotificationMethod, ServerNotificationParams } from '../../protocol/index.js'
import { toError } from '../../rpc/guard.js'
import { AsyncQueue } from '../../util/async-queue.js'
import { AbortedError } from '../../util/errors.js'
import type { StubUsage } from '../model-stub/replies.js'
import type { Ids } from './ids.js'
import { items } from './items.js'
import type { ServerRequests } from './server-requests.js'
import { type FakeThread, type KeptTurn, type RunningTurn, seconds } from './thread.js'
import { turnError } from './turn-failures.js'
import { type TurnInput, textOf } from './turn-input.js'
import { NO_RATE_LIMITS } from './usage.js'

/** What a {@link TurnRun} needs of the server. */
export interface TurnServer {
  readonly ids: Ids
  readonly requests: ServerRequests
  /** Learns what a script threw. */
  readonly scriptFailed: (error: Error) => void
}

/** How a step of a turn behaves when a user steers. */
export type StepKind =
  /** The model writes: its response is given up, and another begins with the new input. */
  | 'response'
  /** A tool runs: the new input waits for its end. */
  | 'tool'

/**
 * One turn while it runs: plays steps one after the other, tells of them as Codex does, and ends once.
 */
export class TurnRun implements RunningTurn {
  readonly id: string
  readonly thread: FakeThread
  readonly server: TurnServer
  /** What the model has been told so far, steered input included, oldest first. */
  readonly inputs: TurnInput[] = []
  /** What came while the turn ran; ends with the turn. */
  readonly steers = new AsyncQueue<TurnInput>({ name: 'turn.steers' })
  /** What a model response of this turn costs. */
  usage: StubUsage = {}
  /** How often the turn has told that it tries again. */
  retries = 0
  readonly #kept: KeptTurn
  readonly #over = new AbortController()
  #cut = new AbortController()
  readonly #failures = new Set<unknown>()
  #tail: Promise<unknown> = Promise.resolve()
  #step: StepKind | undefined
  #unread: TurnInput[] = []
  #isResponding = false
  #isEnded = false
  #startedAtMs = Date.now()

  constructor(server: TurnServer, thread: FakeThread) {
    this.server = server
    this.thread = thread
    this.id = server.ids.uuid()
    this.#kept = { turn: this.describe('inProgress'), items: [] }
  }

  /** Aborts when the turn ends before its script does: interrupted, failed, or the server closed. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** Aborts when the model's response is given up, be it because of the turn's end or of new input. */
  get responseSignal(): AbortSignal {
    return AbortSignal.any([this.#over.signal, this.#cut.signal])
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** The items that were completed. */
  get items(): readonly Received.ThreadItem[] {
    return this.#kept.items
  }

  /** The turn as it is told; `notLoaded` unless items are given. */
  describe(status: Received.TurnStatus, shown: Received.ThreadItem[] = []): Received.Turn {
    return {
      id: this.id,
      rootTurnId: this.id,
      items: shown,
      itemsView: shown.length > 0 ? 'summary' : 'notLoaded',
      status,
      error: null,
      startedAt: null,
      completedAt: null,
      durationMs: null,
    }
  }

  /** Tells that the turn has started. Call it when the request was answered. */
  begin(input: TurnInput | undefined): void {
    this.#startedAtMs = Date.now()
    const turn = { ...this.describe('inProgress'), startedAt: seconds(this.#startedAtMs) }
    Object.assign(this.#kept.turn, turn)
    this.thread.turns.push(this.#kept)
    this.thread.touch()
    this.thread.setStatus({ type: 'active', activeFlags: [] })
    this.notify('turn/started', { threadId: this.thread.id, turn })
    if (input) this.#read(input)
  }

  /**
   * Plays a step when those before it are done; resolves with its result and rejects when the turn is over first.
   * A step that `mayEnd` the turn resolves even if it did.
   */
  play<T>(kind: StepKind, step: () => T | Promise<T>, mayEnd = false): Promise<T> {
    const played = this.#tail.then(async () => {
      this.#throwIfOver()
      this.#readWhatCame()
      this.#step = kind
      // A tool is called by a response of the model.
      this.#isResponding ||= kind === 'tool'
      try {
        const result = await step()
        if (!mayEnd) this.#throwIfOver()
        if (kind === 'tool' && !this.#isEnded) this.endResponse(true)
        return result
      } catch (error) {
        this.scriptFailed(error)
        throw error
      } finally {
        this.#step = undefined
      }
    })
    // Scripts need not await their steps; what goes wrong has been told to the server by now.
    this.#tail = played.catch(() => {})
    return played
  }

  /** Resolves when every step that was asked for is done. */
  async settled(): Promise<void> {
    for (let last: unknown; last !== this.#tail; ) {
      last = this.#tail
      await last
    }
  }

  /** Fails the turn because its script did something wrong; what an ended turn rejects with is nothing wrong. */
  scriptFailed(error: unknown): void {
    if (this.#isEnded && error instanceof AbortedError) return
    // A script that awaits the step meets the same error once more.
    if (this.#failures.has(error)) return
    this.#failures.add(error)
    this.server.scriptFailed(toError(error))
    if (!this.#isEnded)
      this.fail(turnError('other', `the script of the turn failed: ${toError(error).message}`))
  }

  /** Takes further input for the turn. */
  steer(input: TurnInput): void {
    this.#unread.push(input)
    if (this.#step === 'tool') return
    // The response that is being written answers the old input: Codex gives it up and asks again.
    const cut = this.#cut
    this.#cut = new AbortController()
    cut.abort(new AbortedError('The response'))
    this.#readWhatCame()
  }

  /** Tells of the input that came during the last step. */
  readRest(): void {
    if (!this.#isEnded) this.#readWhatCame()
  }

  /** Tells those who follow the thread. */
  notify<M extends ServerNotificationMethod>(method: M, params: ServerNotificationParams<M>): void {
    this.thread.notify(method, params)
  }

  /**
   * Tells that an item begins. Returns the function that tells of its end; Codex keeps nothing of some items.
   */
  open<I extends Received.ThreadItem>(item: I): (finished: Received.ThreadItem, isKept?: boolean) => void {
    this.#isResponding ||= item.type !== 'userMessage' && item.type !== 'contextCompaction'
    const { threadId, turnId } = this.address
    const startedAtMs = Date.now()
    const started = { ...item, startedAtMs, completedAtMs: null }
    this.notify('item/started', { item: started, threadId, turnId, startedAtMs })
    return (finished, isKept = true) => {
      const completedAtMs = Date.now()
      const done = { ...finished, startedAtMs, completedAtMs }
      if (isKept) this.#kept.items.push(done)
      this.notify('item/completed', { item: done, threadId, turnId, contentTokenCount: null, completedAtMs })
    }
  }

  /** What most notifications of a turn are addressed with. */
  get address(): { readonly threadId: string; readonly turnId: string } {
    return { threadId: this.thread.id, turnId: this.id }
  }

  /** Tells that the model answers, for responses that have no item. */
  beginResponse(): void {
    this.#isResponding = true
  }

  /** Ends the model's response: counts its tokens unless it was given up, and tells of them. */
  endResponse(isComplete: boolean): void {
    if (!this.#isResponding) return
    this.#isResponding = false
    if (isComplete) this.thread.tokens.add(this.usage)
    this.#tellUsage()
  }

  /** Tells that the model's context is full. */
  fillContext(): void {
    this.endResponse(false)
    this.thread.tokens.fill()
    this.#tellUsage()
  }

  #tellUsage(): void {
    const tokenUsage = this.thread.tokens.told
    if (tokenUsage) this.notify('thread/tokenUsage/updated', { ...this.address, tokenUsage })
    this.notify('account/rateLimits/updated', { rateLimits: NO_RATE_LIMITS })
  }

  /** Ends the turn as one that did what it should. */
  complete(): void {
    if (this.#isEnded) return
    this.endResponse(true)
    this.#finish('completed', () => {
      this.#markUnread()
      this.thread.setStatus({ type: 'idle' })
    })
  }

  /** Ends the turn because a user wants it. `answer` is called where Codex answers the request. */
  interrupt(answer: () => void = () => {}): void {
    if (this.#isEnded) return
    // A response whose tool was called is complete.
    this.endResponse(this.#step === 'tool')
    answer()
    this.#finish('interrupted', () => this.thread.setStatus({ type: 'idle' }))
  }

  /** Ends the turn with an error. */
  fail(error: Received.TurnError): void {
    if (this.#isEnded) return
    this.endResponse(false)
    this.#finish(
      'failed',
      () => {
        this.thread.setStatus({ type: 'systemError' })
        this.notify('error', { error, willRetry: false, ...this.address })
        this.#markUnread()
      },
      error,
    )
  }

  #finish(status: Received.TurnStatus, announce: () => void, error: Received.TurnError | null = null): void {
    this.#isEnded = true
    this.thread.running = undefined
    announce()
    const completedAtMs = Date.now()
    const answer =
      status === 'completed' ? this.items.findLast((item) => item.type === 'agentMessage') : undefined
    const turn: Received.Turn = {
      ...this.describe(status, answer ? [answer] : []),
      error,
      startedAt: seconds(this.#startedAtMs),
      completedAt: seconds(completedAtMs),
      durationMs: completedAtMs - this.#startedAtMs,
    }
    Object.assign(this.#kept.turn, turn)
    this.notify('turn/completed', { threadId: this.thread.id, turn })
    this.steers.end()
    // Whoever waits inside of the turn learns of its end last, as clients learn of withdrawn requests last.
    if (status !== 'completed') this.#over.abort(new AbortedError('The turn'))
  }

  #throwIfOver(): void {
    if (this.#isEnded) throw new AbortedError('The turn')
  }

  #readWhatCame(): void {
    if (this.#unread.length === 0) return
    this.endResponse(false)
    for (const input of this.#unread.splice(0)) {
      this.#read(input)
      this.steers.push(input)
    }
  }

  #read(input: TurnInput): void {
    this.inputs.push(input)
    const message = items.userMessage(this.server.ids.uuid(), input.content, input.clientId)
    this.open(message)(message)
    const { thread } = this
    if (!thread.isEphemeral && thread.preview === '') thread.preview = textOf(input)
  }

  #markUnread(): void {
    const { thread } = this
    if (thread.isEphemeral) return
    const firstUnread = thread.readState?.firstUnread ?? { type: 'turn', turnId: this.id }
    const readState = { firstUnread, revision: this.server.ids.revision() }
    thread.readState = readState
    this.notify('thread/readState/changed', { threadId: thread.id, readState })
  }
}
