import type { PersistenceError } from '../files/errors.js'

/** Something about its files that the owner of a store may want to log. None of it loses what was acknowledged. */
export type StoreReport =
  /** The process that had the store open ended without closing it. */
  | { readonly type: 'lock-taken-over'; readonly pid: number }
  /** The last write was stopped half way, before it was acknowledged, and was taken away. */
  | { readonly type: 'end-cut'; readonly file: string; readonly offset: number; readonly bytes: number }
  /** The records were brought to a newer version of the schema; `backup` is the file as it was. */
  | {
      readonly type: 'migrated'
      readonly file: string
      readonly from: number
      readonly to: number
      readonly backup: string
    }
  /** The file could not be written anew in a shorter form. It is tried again when the file has doubled. */
  | { readonly type: 'compaction-failed'; readonly file: string; readonly error: PersistenceError }
