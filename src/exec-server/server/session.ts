import type { Notify } from './processes/managed-process.js'
import { ProcessTable, type TableLimits } from './processes/process-table.js'
import { QueuedInput } from './queued-input.js'

/** Limits of a {@link Session}. */
export interface SessionLimits extends TableLimits {
  /** Bytes of input that may wait until the processes read it. */
  readonly maxQueuedInputBytes: number
}

/** A client's processes, which may outlive its connection. */
export class Session {
  readonly id: string
  readonly processes: ProcessTable
  /** What its processes have not read yet. */
  readonly input: QueuedInput
  #attached: Notify | undefined

  constructor(id: string, limits: SessionLimits) {
    this.id = id
    this.input = new QueuedInput(limits.maxQueuedInputBytes)
    this.processes = new ProcessTable(limits, (method, params) => this.#attached?.(method, params))
  }

  /** Sends notifications to a connection from now on. */
  attach(notify: Notify): void {
    this.#attached = notify
  }

  /** Sends notifications to nobody; the processes run on and their output is kept. */
  detach(): void {
    this.#attached = undefined
  }
}
