import type { Change, Store } from '../store/store.js'
import { CatchUp, type RecordKey } from './catch-up.js'
import type { SupervisorKinds } from './kinds.js'
import { isRunOver, type RunRecord } from './run-record.js'
import type { SessionRecord } from './session-record.js'
import { isTurnOver, type TurnRecord } from './turn-record.js'

/** How many records of what is over are kept. */
export interface Retention {
  readonly keptSessions: number
  readonly keptTurns: number
  readonly keptRuns: number
}

/** A change of the records. */
export type RecordChange = Change<SupervisorKinds>

/** What {@link Records} tells its owner. */
export interface RecordsObserver {
  /** Records could not be written; memory is ahead of the disk until {@link onCaughtUp}. */
  readonly onProblem: (error: unknown) => void
  /** What the store had refused is on the disk now, and it takes more. */
  readonly onCaughtUp: () => void
  /** The record of a run is forgotten. */
  readonly onRunForgotten: (runId: string) => void
}

type Table = 'session' | 'turn' | 'run'
type Tables = { readonly [Kind in Table]: Map<string, SupervisorKinds[Kind]> }

const IS_OVER: { readonly [Kind in Table]: (record: SupervisorKinds[Kind]) => boolean } = {
  session: ({ status }) => status === 'closed',
  turn: ({ status }) => isTurnOver(status),
  run: ({ status }) => isRunOver(status),
}

/**
 * All records in memory, and written through to the store. Whatever the store refuses, memory is what it is brought
 * to with the next write that succeeds.
 */
export class Records {
  readonly #store: Store<SupervisorKinds>
  readonly #retention: Retention
  readonly #observer: RecordsObserver
  readonly #tables: Tables = { session: new Map(), turn: new Map(), run: new Map() }
  readonly #catchUp: CatchUp

  constructor(store: Store<SupervisorKinds>, retention: Retention, observer: RecordsObserver) {
    this.#store = store
    this.#retention = retention
    this.#observer = observer
    this.#catchUp = new CatchUp({
      write: (keys) => store.batch(keys.flatMap((key) => this.#newest(key))),
      onDone: observer.onCaughtUp,
    })
  }

  /** How many records the store does not have as they are in memory. */
  get behind(): number {
    return this.#catchUp.size
  }

  /** Why the store refused the latest of them; `undefined` when it has all. */
  get problem(): unknown {
    return this.#catchUp.problem
  }

  get sessions(): ReadonlyMap<string, SessionRecord> {
    return this.#tables.session
  }

  get turns(): ReadonlyMap<string, TurnRecord> {
    return this.#tables.turn
  }

  get runs(): ReadonlyMap<string, RunRecord> {
    return this.#tables.run
  }

  /** Reads the records of an open store. Rejects as the store does. */
  async load(): Promise<void> {
    for (const kind of ['session', 'turn', 'run'] as const) await this.#loadTable(kind)
  }

  /** What a run is to do; `undefined` when it has ended. Rejects as the store does. */
  async runRequest(runId: string) {
    return await this.#store.get('run-request', runId)
  }

  /**
   * Makes changes that must last before anything else is done, or is told. Rejects, and has changed nothing, when they
   * cannot; unless the error is a `PersistenceError` whose `isWritten` is not `false`: they may then be there after the
   * next start.
   */
  async add(changes: readonly RecordChange[]): Promise<void> {
    const undo = changes.map((change) => this.#apply(change))
    try {
      await this.#store.batch(changes)
    } catch (error) {
      for (const takeBack of undo.reverse()) takeBack()
      this.#catchUp.add(changes, error)
      throw error
    }
  }

  /**
   * Makes changes that have happened already. Resolves when they last, or cannot be written, which is told; they are
   * then written as soon as the store takes them.
   */
  async update(changes: readonly RecordChange[]): Promise<void> {
    for (const change of changes) this.#apply(change)
    const forgotten = this.#forgetOldest()
    const all = [...changes, ...forgotten]
    try {
      await this.#store.batch(all)
    } catch (error) {
      this.#catchUp.add(all, error)
      this.#observer.onProblem(error)
    }
  }

  /** Tries a last time to write what the store has refused. Never rejects. */
  async close(): Promise<void> {
    await this.#catchUp.close()
  }

  async #loadTable<Kind extends Table>(kind: Kind): Promise<void> {
    for (const { key, value } of await this.#store.list(kind)) this.#tables[kind].set(key, value)
  }

  /** What brings the store to what is in memory. */
  #newest({ kind, key }: RecordKey): RecordChange[] {
    if (kind === 'run-request') {
      const run = this.runs.get(key)
      return run && !isRunOver(run.status) ? [] : [{ type: 'delete', kind, key }]
    }
    const value = this.#tables[kind].get(key)
    if (value === undefined) return [{ type: 'delete', kind, key }]
    return [{ type: 'put', kind, key, value } as RecordChange]
  }

  /** Returns what takes the change back. */
  #apply(change: RecordChange): () => void {
    if (change.kind === 'run-request' || change.type === 'patch') return () => {}
    const table = this.#tables[change.kind] as Map<string, unknown>
    const { key } = change
    const before = table.get(key)
    if (change.type === 'put') table.set(key, change.value)
    else table.delete(key)
    const after = table.get(key)
    return () => {
      // Somebody else may have changed it since.
      if (table.get(key) !== after) return
      if (before === undefined) table.delete(key)
      else table.set(key, before)
    }
  }

  #forgetOldest(): RecordChange[] {
    const { keptSessions, keptTurns, keptRuns } = this.#retention
    return [
      ...this.#forget('session', keptSessions),
      ...this.#forget('turn', keptTurns),
      ...this.#forget('run', keptRuns),
    ]
  }

  /** Those that have been there longest stand first, and mostly ended first. */
  #forget<Kind extends Table>(kind: Kind, kept: number): RecordChange[] {
    const table = this.#tables[kind]
    if (table.size <= kept) return []
    const over = [...table].filter(([, record]) => IS_OVER[kind](record)).map(([key]) => key)
    return over.slice(0, Math.max(0, over.length - kept)).map((key) => {
      table.delete(key)
      if (kind === 'run') this.#observer.onRunForgotten(key)
      return { type: 'delete', kind: kind as Table, key } as const
    })
  }
}
