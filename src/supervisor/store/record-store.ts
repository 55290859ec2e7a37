import { type Deferred, deferred } from '../../util/deferred.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkFunction, checkOptions } from '../../util/validate.js'
import { CommitQueue } from '../files/commit-queue.js'
import { NotOpenError } from '../files/errors.js'
import { type Operation, type Redact, requireText, toOperation, toOperations } from './operations.js'
import { type Effect, PendingChanges, type RecordTable } from './record-table.js'
import type {
  Change,
  KindOf,
  Migration,
  Patch,
  RecordKinds,
  Store,
  StoredRecord,
  StoreSchema,
} from './store.js'

/** Where the records of a {@link RecordStore} are kept. */
export interface Backing {
  /** Rejects with the errors of `Store.open`. */
  open(migrations: readonly Migration[]): Promise<RecordTable>
  /** Keeps changes, all or none, and resolves once they last. Rejects with `PersistenceError`. */
  append(effects: readonly Effect[]): Promise<void>
  /** Called after each write, with all records. Must not reject. */
  tidy(table: RecordTable): Promise<void>
  /** Must not reject. */
  close(): Promise<void>
}

interface Write {
  readonly operations: readonly Operation[]
  readonly done: Deferred<void>
}

/** About how much is written at once, in characters; a single write may be more. */
const GROUP_WEIGHT = 4 * 1_024 * 1_024

/** The records in memory, and the order in which changes reach what lasts. */
export class RecordStore<Kinds extends RecordKinds<Kinds>> implements Store<Kinds> {
  readonly #backing: Backing
  readonly #redact: Redact | undefined
  readonly #queue = new CommitQueue<Write>((writes) => this.#commit(writes))
  #table: RecordTable | undefined
  #opening: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(backing: Backing, redact: Redact | undefined) {
    this.#backing = backing
    this.#redact = redact
  }

  async open(schema: StoreSchema = {}): Promise<void> {
    checkOptions('schema', schema)
    const migrations = checkMigrations(schema.migrations)
    if (this.#closing) throw new NotOpenError('store', 'is closed')
    if (this.#opening) throw new NotOpenError('store', 'was opened already')
    this.#opening = this.#load(migrations)
    await this.#opening
  }

  async get<K extends KindOf<Kinds>>(kind: K, key: string): Promise<Kinds[K] | undefined> {
    requireText('kind', kind)
    requireText('key', key)
    const text = this.#records().get(kind, key)
    return text === undefined ? undefined : (JSON.parse(text) as Kinds[K])
  }

  async list<K extends KindOf<Kinds>>(kind: K): Promise<readonly StoredRecord<Kinds[K]>[]> {
    requireText('kind', kind)
    const records = this.#records().list(kind)
    return records.map(([key, text]) => ({ key, value: JSON.parse(text) as Kinds[K] }))
  }

  async put<K extends KindOf<Kinds>>(kind: K, key: string, value: Kinds[K]): Promise<void> {
    await this.#write([toOperation('', { type: 'put', kind, key, value }, this.#redact)])
  }

  async patch<K extends KindOf<Kinds>>(kind: K, key: string, changes: Patch<Kinds[K]>): Promise<void> {
    await this.#write([toOperation('', { type: 'patch', kind, key, changes }, this.#redact)])
  }

  async delete<K extends KindOf<Kinds>>(kind: K, key: string): Promise<void> {
    await this.#write([toOperation('', { type: 'delete', kind, key }, this.#redact)])
  }

  async batch(changes: readonly Change<Kinds>[]): Promise<void> {
    await this.#write(toOperations('changes', changes, this.#redact))
  }

  async close(): Promise<void> {
    this.#closing ??= this.#shut()
    await this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #load(migrations: readonly Migration[]): Promise<void> {
    try {
      this.#table = await this.#backing.open(migrations)
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  async #shut(): Promise<void> {
    // Whoever opened it is told what went wrong with that.
    const isOpen = await this.#opening?.then(
      () => true,
      () => false,
    )
    if (!isOpen) return
    await this.#queue.idle()
    await this.#backing.close()
  }

  /** Throws {@link NotOpenError} unless the store is open. */
  #records(): RecordTable {
    if (this.#closing) throw new NotOpenError('store', 'is closed')
    if (!this.#table) throw new NotOpenError('store', 'is not open')
    return this.#table
  }

  #write(operations: readonly Operation[]): Promise<void> {
    this.#records()
    const done = deferred<void>()
    this.#queue.add({ operations, done })
    return done.promise
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    const table = this.#table as RecordTable
    for (const group of groupsOf(writes)) await this.#commitGroup(table, group)
    await this.#backing.tidy(table)
  }

  async #commitGroup(table: RecordTable, writes: readonly Write[]): Promise<void> {
    const pending = new PendingChanges(table)
    const refusals = new Map<Write, unknown>()
    for (const write of writes) {
      try {
        pending.add(write.operations)
      } catch (error) {
        refusals.set(write, error)
      }
    }
    try {
      if (pending.effects.length > 0) await this.#backing.append(pending.effects)
    } catch (error) {
      // Also for those refused: what they were refused for has not come to be.
      for (const { done } of writes) done.reject(error)
      return
    }
    for (const effect of pending.effects) table.apply(effect)
    for (const write of writes) {
      if (refusals.has(write)) write.done.reject(refusals.get(write))
      else write.done.resolve()
    }
  }
}

function groupsOf(writes: readonly Write[]): Write[][] {
  const groups: Write[][] = []
  let weight = Number.POSITIVE_INFINITY
  for (const write of writes) {
    const own = write.operations.reduce((sum, one) => sum + ('text' in one ? one.text.length : 0), 0)
    if (weight + own > GROUP_WEIGHT) {
      groups.push([])
      weight = 0
    }
    groups.at(-1)?.push(write)
    weight += own
  }
  return groups
}

function checkMigrations(migrations: unknown = []): readonly Migration[] {
  if (!Array.isArray(migrations))
    throw new InvalidInputError('migrations', migrations, 'an array of functions')
  for (const [index, migration] of migrations.entries())
    checkFunction(`migrations[${index}]`, migration ?? null)
  return migrations as readonly Migration[]
}
