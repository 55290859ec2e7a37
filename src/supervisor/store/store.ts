/** The kinds of records of a store: the name of each kind, and the type of its values, which JSON can say. */
export type RecordKinds<Kinds> = { readonly [K in keyof Kinds]: object }

/** Name of a kind. */
export type KindOf<Kinds> = keyof Kinds & string

/** A record and its key, which is unique within its kind. */
export interface StoredRecord<Value = unknown> {
  readonly key: string
  readonly value: Value
}

/**
 * Members to change of a value. One that is `undefined` is taken away, where the type allows that; those that
 * are left out stay. Members of members are replaced as a whole.
 */
export type Patch<Value> = {
  readonly [M in keyof Value]?: Record<never, never> extends Pick<Value, M> ? Value[M] | undefined : Value[M]
}

/** One change of a record. */
export type Change<Kinds> = {
  readonly [K in KindOf<Kinds>]:
    | { readonly type: 'put'; readonly kind: K; readonly key: string; readonly value: Kinds[K] }
    | { readonly type: 'patch'; readonly kind: K; readonly key: string; readonly changes: Patch<Kinds[K]> }
    | { readonly type: 'delete'; readonly kind: K; readonly key: string }
}[KindOf<Kinds>]

/** A record on its way from one version of the schema to the next. */
export interface MigratingRecord {
  readonly kind: string
  readonly key: string
  /** A JSON object, as the version before wrote it. */
  readonly value: Readonly<Record<string, unknown>>
}

/**
 * Makes the records of the next version of the schema from those of the one before. It may be called again with
 * the same records, when the process was killed before its result was kept. What it throws refuses the opening.
 */
export type Migration = (
  records: readonly MigratingRecord[],
) => readonly MigratingRecord[] | Promise<readonly MigratingRecord[]>

/** What the owner of the records knows about them. */
export interface StoreSchema {
  /**
   * One for each version after the first, oldest first: the first makes version 2 of version 1. The version of
   * the schema is thus one more than there are migrations. Never take one away, nor change one that was released.
   * @default []
   */
  readonly migrations?: readonly Migration[]
}

/**
 * Keeps records of several kinds. Writes are done in the order in which they are called. Each resolves once it
 * lasts, and is then seen by every read that is called; one that rejects has changed nothing, unless its
 * error is a `PersistenceError` whose `isWritten` is not `false`. Reads tell only what lasts.
 *
 * Values are copied on the way in and out: nobody changes a record by changing an object.
 */
export interface Store<Kinds extends RecordKinds<Kinds>> {
  /**
   * Opens the store, once, before anything else. Rejects with `FolderLockedError` when somebody else has it open,
   * with `DamagedFileError`, `NewerFileError`, `MigrationError` and `PersistenceError` when it cannot be read
   * and with `NotOpenError` when it was opened before. It can be tried again after any other of them.
   */
  open(schema?: StoreSchema): Promise<void>
  /** The value of a record; `undefined` when there is none. */
  get<K extends KindOf<Kinds>>(kind: K, key: string): Promise<Kinds[K] | undefined>
  /** All records of a kind, those first that have been there longest. */
  list<K extends KindOf<Kinds>>(kind: K): Promise<readonly StoredRecord<Kinds[K]>[]>
  /** Adds a record, or replaces its value. */
  put<K extends KindOf<Kinds>>(kind: K, key: string, value: Kinds[K]): Promise<void>
  /** Changes members of a record. Rejects with `RecordNotFoundError` when there is none. */
  patch<K extends KindOf<Kinds>>(kind: K, key: string, changes: Patch<Kinds[K]>): Promise<void>
  /** Removes a record, if there is one. */
  delete<K extends KindOf<Kinds>>(kind: K, key: string): Promise<void>
  /** Does several changes, in order, all or none. Rejects with `RecordNotFoundError` when one cannot be done. */
  batch(changes: readonly Change<Kinds>[]): Promise<void>
  /** Waits for the writes under way and lets the store go; idempotent. All other calls then reject with `NotOpenError`. */
  close(): Promise<void>
  /** Closes the store. */
  [Symbol.asyncDispose](): Promise<void>
}
