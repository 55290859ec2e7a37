import { RpcError } from '../../../rpc/errors.js'
import { ManagedProcess, type Notify, type OutputLimits } from './managed-process.js'

/** Limits of a {@link ProcessTable}. */
export interface TableLimits extends OutputLimits {
  /** Most processes that may not have closed at the same time. */
  readonly maxProcesses: number
  /** How long a process can be read after it has closed, in milliseconds. */
  readonly closedRetentionMs: number
}

/** Most closed processes that are kept; the oldest go first. */
const MAX_CLOSED = 1_000

/** The processes of a session, by the ids that the client gave them. */
export class ProcessTable {
  readonly #limits: TableLimits
  readonly #notify: Notify
  readonly #processes = new Map<string, ManagedProcess>()
  /** Closed processes, oldest first, with the timers that forget them. */
  readonly #closed = new Map<string, NodeJS.Timeout>()
  /** Forgotten processes that left others behind, which still have to be ended some day. */
  readonly #survived = new Set<ManagedProcess>()
  #isEnded = false

  constructor(limits: TableLimits, notify: Notify) {
    this.#limits = limits
    this.#notify = notify
  }

  /** How many processes have not closed. */
  get open(): number {
    return this.#processes.size - this.#closed.size
  }

  /** The process of an id, started or being started. */
  get(processId: string): ManagedProcess | undefined {
    return this.#processes.get(processId)
  }

  /** Takes an id for a process that is to be started. Throws an `RpcError` when it is taken, or for one too many. */
  reserve(processId: string): ManagedProcess {
    if (this.#isEnded) throw RpcError.invalidRequest('the session has ended')
    if (this.#processes.has(processId)) throw RpcError.invalidRequest(`process ${processId} already exists`)
    if (this.open >= this.#limits.maxProcesses) {
      throw RpcError.invalidRequest(`too many processes: the limit is ${this.#limits.maxProcesses}`)
    }
    const process = new ManagedProcess(processId, this.#limits, this.#notify, () => this.#onClosed(processId))
    this.#processes.set(processId, process)
    return process
  }

  /** Frees the id of a process that could not be started. */
  release(processId: string): void {
    const process = this.#processes.get(processId)
    this.#processes.delete(processId)
    process?.abandoned()
  }

  /** Ends all processes. Resolves when they have closed. */
  async end(): Promise<void> {
    this.#isEnded = true
    for (const timer of this.#closed.values()) clearTimeout(timer)
    const all = [...this.#processes.values(), ...this.#survived]
    for (const process of all) {
      process.end()
      process.discardOutput()
    }
    await Promise.all(all.map((process) => process.ended))
  }

  /** Kills all processes before it returns, for a server that is about to end itself. */
  killNow(): void {
    for (const process of [...this.#processes.values(), ...this.#survived]) process.kill()
  }

  #onClosed(processId: string): void {
    if (this.#isEnded) return
    const timer = setTimeout(() => this.#forget(processId), this.#limits.closedRetentionMs)
    this.#closed.set(processId, timer.unref())
    if (this.#closed.size <= MAX_CLOSED) return
    for (const oldest of this.#closed.keys()) {
      this.#forget(oldest)
      break
    }
  }

  #forget(processId: string): void {
    clearTimeout(this.#closed.get(processId))
    this.#closed.delete(processId)
    const process = this.#processes.get(processId)
    this.#processes.delete(processId)
    process?.discardOutput()
    for (const one of this.#survived) if (!one.hasOrphans()) this.#survived.delete(one)
    if (process?.hasOrphans()) this.#survived.add(process)
  }
}
