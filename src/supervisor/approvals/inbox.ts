import { createHash } from 'node:crypto'
import {
  type ApprovalContext,
  type ApprovalDecision,
  type ApprovalRequest,
  checkDecision,
  describeRequest,
} from '../../approvals/index.js'
import { type Deferred, deferred } from '../../util/deferred.js'
import { Emitter } from '../../util/emitter.js'
import { InvalidInputError } from '../../util/errors.js'
import { LONGEST_TIMER_MS } from '../../util/longest-timer.js'
import { checkKnownKeys, checkOptions, checkTimeoutMs } from '../../util/validate.js'
import { ApprovalNotFoundError } from '../errors.js'

/** Time that a parked approval waits by default: 3,600,000 ms. */
export const DEFAULT_APPROVAL_EXPIRY_MS = 3_600_000

/** Options of {@link inbox}. */
export interface InboxOptions {
  /**
   * Time from when Codex asked until the approval is declined, in milliseconds, or `Infinity`. An approval that is
   * asked again after a restart of the program keeps the time of its first asking.
   * @default DEFAULT_APPROVAL_EXPIRY_MS
   */
  readonly expiresAfterMs?: number | undefined
}

/** An approval that waits for somebody. */
export interface ParkedApproval {
  /** The same when Codex asks again after a reconnect or a restart of the program. */
  readonly id: string
  readonly threadId: string
  readonly turnId: string | undefined
  /** What is to be approved, in one line, without secrets. */
  readonly description: string
  /** The request as a hook gets it. Secrets are not removed. */
  readonly request: ApprovalRequest
  /** UTC, as ISO 8601 writes it. */
  readonly askedAt: string
  /** When it is declined; absent when it never is. */
  readonly expiresAt: string | undefined
}

/** Events of an inbox, with the arguments of their listeners. */
export interface InboxEvents {
  readonly parked: readonly [approval: ParkedApproval]
  readonly answered: readonly [approval: ParkedApproval, decision: ApprovalDecision]
  readonly expired: readonly [approval: ParkedApproval]
  /** Nobody waits for it any more: its turn or connection ended, or another client answered. */
  readonly withdrawn: readonly [approval: ParkedApproval]
}

interface Entry {
  readonly approval: ParkedApproval
  readonly answer: Deferred<ApprovalDecision>
}

/**
 * Approvals that are decided later, by another part of the program. Give it to a supervisor as `approvals`, or its
 * {@link hook} to `onApproval` of a client with `approvalTimeoutMs: Infinity`, or call the hook from a hook that
 * decides some itself.
 */
export class ApprovalInbox {
  readonly #expiresAfterMs: number
  readonly #parked = new Map<string, Entry>()
  readonly #emitter = new Emitter<InboxEvents>()

  /** Throws `InvalidInputError` for a wrong option. */
  constructor(options: InboxOptions = {}) {
    checkOptions('options', options)
    checkKnownKeys(options, { expiresAfterMs: true })
    this.#expiresAfterMs = checkTimeoutMs(
      'expiresAfterMs',
      options.expiresAfterMs,
      DEFAULT_APPROVAL_EXPIRY_MS,
    )
  }

  /** Parks a request and resolves with the decision; with `decline` when it expires. */
  readonly hook = async (
    request: ApprovalRequest,
    { signal }: ApprovalContext,
  ): Promise<ApprovalDecision> => {
    if (signal.aborted) return 'decline'
    const entry = this.#park(request)
    const { approval, answer } = entry
    const withdraw = () => {
      if (this.#remove(entry)) this.#emitter.emit('withdrawn', approval)
      answer.resolve('decline')
    }
    const expire = () => {
      if (this.#remove(entry)) this.#emitter.emit('expired', approval)
      answer.resolve('decline')
    }
    const stopClock = startClock(approval.expiresAt, expire)
    signal.addEventListener('abort', withdraw, { once: true })
    this.#emitter.emit('parked', approval)
    try {
      return await answer.promise
    } finally {
      stopClock()
      signal.removeEventListener('abort', withdraw)
    }
  }

  /** What waits, oldest first. */
  list(): readonly ParkedApproval[] {
    return [...this.#parked.values()].map(({ approval }) => approval)
  }

  /** One that waits; `undefined` when it does not. */
  get(id: string): ParkedApproval | undefined {
    return this.#parked.get(id)?.approval
  }

  /**
   * Decides. Rejects with {@link ApprovalNotFoundError} when nothing of this id waits, and with `InvalidInputError`,
   * while it goes on waiting, for a decision that does not fit the request or is not offered.
   */
  async answer(id: string, decision: ApprovalDecision): Promise<void> {
    const entry = this.#parked.get(id)
    if (!entry) throw new ApprovalNotFoundError(id)
    const checked = await checkDecision(entry.approval.request, decision)
    if (checked.problem !== undefined) {
      throw new InvalidInputError(
        'decision',
        decision,
        `a decision that fits the request (${checked.problem})`,
      )
    }
    // Somebody else, or the clock, may have been faster.
    if (!this.#remove(entry)) throw new ApprovalNotFoundError(id)
    entry.answer.resolve(decision)
    this.#emitter.emit('answered', entry.approval, decision)
  }

  /** Adds a listener; returns a function that removes it. What a listener throws is dropped. */
  on<E extends keyof InboxEvents>(event: E, listener: (...args: InboxEvents[E]) => void): () => void {
    return this.#emitter.on(event, listener)
  }

  #park(request: ApprovalRequest): Entry {
    const askedAtMs = request.startedAtMs ?? Date.now()
    const expiresAtMs = askedAtMs + this.#expiresAfterMs
    const approval: ParkedApproval = {
      id: this.#idOf(request),
      threadId: request.threadId,
      turnId: request.turnId,
      description: describeRequest(request),
      request,
      askedAt: toIso(askedAtMs) ?? new Date().toISOString(),
      expiresAt: toIso(expiresAtMs),
    }
    const entry = { approval, answer: deferred<ApprovalDecision>() }
    this.#parked.set(approval.id, entry)
    return entry
  }

  /** Made of what Codex says of the request: its own number is given again by the next server. */
  #idOf(request: ApprovalRequest): string {
    const { threadId, turnId, itemId, kind, params } = request
    const { approvalId } = params as { readonly approvalId?: unknown }
    const facts = JSON.stringify([threadId, turnId, itemId, kind, approvalId])
    const base = `approval-${createHash('sha256').update(facts).digest('hex').slice(0, 24)}`
    let id = base
    for (let copy = 2; this.#parked.has(id); copy += 1) id = `${base}-${copy}`
    return id
  }

  #remove(entry: Entry): boolean {
    const { id } = entry.approval
    // Asked again since, it has the id of the one that is gone.
    return this.#parked.get(id) === entry && this.#parked.delete(id)
  }
}

/** Makes an {@link ApprovalInbox}. Throws `InvalidInputError` for a wrong option. */
export function inbox(options?: InboxOptions): ApprovalInbox {
  return new ApprovalInbox(options)
}

/** `undefined` for a time that no date has, such as never. */
function toIso(ms: number): string | undefined {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined
}

function startClock(at: string | undefined, expire: () => void): () => void {
  if (at === undefined) return () => {}
  const end = Date.parse(at)
  const left = () => Math.min(Math.max(0, end - Date.now()), LONGEST_TIMER_MS)
  const look = () => {
    if (Date.now() < end) timer = setTimeout(look, left())
    else expire()
  }
  let timer = setTimeout(look, left())
  return () => clearTimeout(timer)
}
