import { setTimeout as delay } from 'node:timers/promises'
import { ConnectionClosedError, RpcError } from '../../rpc/errors.js'
import type { CloseReason } from '../../rpc/transport.js'
import { InvalidInputError } from '../../util/errors.js'
import type { ExecResult } from '../protocol/index.js'
import { checkResult, type ExecConnection } from './connection.js'
import { ProcessLostError } from './errors.js'
import type { ExecLink } from './link.js'
import { readNotification } from './process-events.js'
import { type OutputKeeping, ProcessState } from './process-state.js'

/** How many processes are asked about at the same time after a loss. */
const RECOVERIES_AT_ONCE = 16
/** How long a v0 server may still bring output after an exit: it does not say when it is done. */
const V0_QUIET_MS = 50

/** The processes of a client, by their ids: brings them what the server tells, and fetches what was missed. */
export class ProcessTable {
  readonly #states = new Map<string, ProcessState>()
  readonly #recovering = new Set<ProcessState>()
  readonly #connection: () => ExecConnection

  constructor(connection: () => ExecConnection) {
    this.#connection = connection
  }

  /** How many processes are followed. */
  get size(): number {
    return this.#states.size
  }

  /** Follows a process from now on. Throws `InvalidInputError` when the id is in use. */
  add(processId: string, keeping: OutputKeeping): ProcessState {
    if (this.#states.has(processId)) {
      throw new InvalidInputError('processId', processId, 'an id that is not in use')
    }
    const state = new ProcessState(
      processId,
      keeping,
      () => void this.recover(state),
      () => this.#remove(state),
    )
    this.#states.set(processId, state)
    return state
  }

  /** Takes a notification; returns whether it was about a process. Those about unknown ones are dropped. */
  notified(method: string, params: unknown): boolean {
    const told = readNotification(method, params)
    if (!told) return false
    const state = this.#states.get(told.processId)
    if (!state) return true
    state.take(told.seq, told.event)
    if (told.event.kind === 'exited' && told.seq === undefined) void this.#drain(state)
    return true
  }

  /** Fetches what was missed while there was no connection. Never rejects. */
  async resumed(link: ExecLink): Promise<void> {
    const waiting = [...this.#states.values()].filter((state) => !state.isStarting)
    const work = async () => {
      for (let state = waiting.pop(); state; state = waiting.pop()) await this.recover(state, link)
    }
    await Promise.all(Array.from({ length: RECOVERIES_AT_ONCE }, work))
  }

  /** The connection has ended for good: nothing can be followed any more. */
  ended(reason: CloseReason): void {
    for (const state of [...this.#states.values()]) {
      const cause = new ConnectionClosedError(reason)
      state.fail(new ProcessLostError(state.processId, reason.message, { reason, cause }))
    }
  }

  /** Fetches what is missing of one process, which is lost when that cannot be had. Never rejects. */
  async recover(state: ProcessState, link?: ExecLink): Promise<void> {
    if (state.isEnded || this.#recovering.has(state)) return
    this.#recovering.add(state)
    const { processId, lastSeq } = state
    const read = (): Promise<ExecResult<'process/read'>> => {
      const params = { processId, afterSeq: lastSeq }
      if (!link) return this.#connection().request('process/read', params, REPEATABLE)
      return link.request('process/read', params).then((answer) => checkResult('process/read', answer))
    }
    try {
      const result = await onceStarted(read)
      state.recover(result)
    } catch (cause) {
      // Lost again: the next connection asks again.
      if (link?.closeReason) return
      state.fail(new ProcessLostError(processId, (cause as Error).message, { cause }))
    } finally {
      this.#recovering.delete(state)
    }
  }

  /** Fetches the last output of a v0 server, which sends no end: two reads with nothing new are one. */
  async #drain(state: ProcessState): Promise<void> {
    const { processId } = state
    try {
      for (let quiet = 0; quiet < 2 && !state.isEnded; ) {
        if (quiet > 0) await delay(V0_QUIET_MS)
        const { lastSeq } = state
        const params = { processId, afterSeq: lastSeq, waitMs: V0_QUIET_MS }
        state.drain(await this.#connection().request('process/read', params))
        quiet = state.lastSeq > lastSeq ? 0 : quiet + 1
      }
      state.close()
    } catch (cause) {
      state.fail(new ProcessLostError(processId, (cause as Error).message, { cause }))
    }
  }

  #remove(state: ProcessState): void {
    if (this.#states.get(state.processId) === state) this.#states.delete(state.processId)
  }
}

/**
 * Repeats a read that the server refuses since it still starts the process; nothing tells when it has. A server of
 * 0.169.0 never does, when the connection broke off in the middle of the start.
 */
async function onceStarted<T>(read: () => Promise<T>): Promise<T> {
  for (let left = STARTING_CHECKS; ; left -= 1) {
    try {
      return await read()
    } catch (error) {
      if (left === 0 || !(error instanceof RpcError && error.message.endsWith('is starting'))) throw error
    }
    await delay(STARTING_CHECK_MS)
  }
}

const STARTING_CHECK_MS = 20
const STARTING_CHECKS = 100
const REPEATABLE = { onRepeat: () => {} }
