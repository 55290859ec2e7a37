import type { Notify } from './processes/managed-process.js'
import { ProcessTable, type TableLimits } from './processes/process-table.js'

/** A client's processes, which may outlive its connection. */
export class Session {
  readonly id: string
  readonly processes: ProcessTable
  #attached: Notify | undefined

  constructor(id: string, limits: TableLimits) {
    this.id = id
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
