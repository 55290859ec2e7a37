import { RecordNotFoundError } from './errors.js'
import type { Operation } from './operations.js'

/** What a change comes to: the JSON text that a record then has, or none when it is removed. */
export interface Effect {
  readonly kind: string
  readonly key: string
  readonly text?: string
}

/** The records of a store, their values as JSON text, in the order in which they were added. */
export class RecordTable {
  readonly #kinds = new Map<string, Map<string, string>>()

  /** How many records there are. */
  get size(): number {
    let size = 0
    for (const records of this.#kinds.values()) size += records.size
    return size
  }

  /** The JSON text of a record. */
  get(kind: string, key: string): string | undefined {
    return this.#kinds.get(kind)?.get(key)
  }

  /** Keys and JSON texts of a kind. */
  list(kind: string): readonly (readonly [key: string, text: string])[] {
    return [...(this.#kinds.get(kind) ?? [])]
  }

  /** Every record, kind by kind. */
  *all(): Generator<{ readonly kind: string; readonly key: string; readonly text: string }> {
    for (const [kind, records] of this.#kinds) for (const [key, text] of records) yield { kind, key, text }
  }

  /** Lets a change take place. */
  apply({ kind, key, text }: Effect): void {
    const records = this.#kinds.get(kind)
    if (text === undefined) records?.delete(key)
    else if (records) records.set(key, text)
    else this.#kinds.set(kind, new Map([[key, text]]))
  }
}

/** Changes that do not take place yet: later ones see what earlier ones come to. */
export class PendingChanges {
  readonly #table: RecordTable
  readonly #texts = new Map<string, string | undefined>()
  readonly #effects: Effect[] = []

  constructor(table: RecordTable) {
    this.#table = table
  }

  /** What the changes so far come to, in order. */
  get effects(): readonly Effect[] {
    return this.#effects
  }

  /** Adds all of some operations, or, when it throws `RecordNotFoundError`, none of them. */
  add(operations: readonly Operation[]): void {
    const own = new Map<string, string | undefined>()
    const effects: Effect[] = []
    for (const operation of operations) {
      const { kind, key } = operation
      const id = JSON.stringify([kind, key])
      const before = own.has(id) ? own.get(id) : this.#textOf(id, kind, key)
      const text = outcome(operation, before)
      if (text === undefined && before === undefined) continue
      own.set(id, text)
      effects.push(text === undefined ? { kind, key } : { kind, key, text })
    }
    for (const [id, text] of own) this.#texts.set(id, text)
    for (const effect of effects) this.#effects.push(effect)
  }

  #textOf(id: string, kind: string, key: string): string | undefined {
    return this.#texts.has(id) ? this.#texts.get(id) : this.#table.get(kind, key)
  }
}

function outcome(operation: Operation, before: string | undefined): string | undefined {
  if (operation.type === 'delete') return undefined
  if (operation.type === 'put') return operation.text
  if (before === undefined) throw new RecordNotFoundError(operation.kind, operation.key)
  const members = new Map<string, unknown>([
    ...Object.entries(JSON.parse(before) as object),
    ...Object.entries(JSON.parse(operation.text) as object),
  ])
  for (const member of operation.removed) members.delete(member)
  return JSON.stringify(Object.fromEntries(members))
}
