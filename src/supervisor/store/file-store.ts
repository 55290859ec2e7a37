import path from 'node:path'
import {
  checkFunction,
  checkInteger,
  checkKnownKeys,
  checkOptions,
  checkString,
} from '../../util/validate.js'
import { PersistenceError } from '../files/errors.js'
import { type FileSystem, nodeFileSystem } from '../files/file-system.js'
import { type FolderLock, lockFolder } from '../files/folder-lock.js'
import { checkRedact, type MemoryStoreOptions } from './memory-store.js'
import { type Backing, RecordStore } from './record-store.js'
import type { Effect, RecordTable } from './record-table.js'
import type { StoreReport } from './reports.js'
import { StateJournal } from './state-journal.js'
import type { Migration, RecordKinds, Store } from './store.js'

/** Options of {@link fileStore}. */
export interface FileStoreOptions extends MemoryStoreOptions {
  /**
   * Bytes of changes from which the file is written anew with only the records there are. While the records take
   * more than this, as many bytes as they take.
   * @default 1_048_576
   */
  readonly compactAboveBytes?: number | undefined
  /** Told what happened to the files. What it throws is ignored. */
  readonly onReport?: ((report: StoreReport) => void) | undefined
}

/** Bytes of changes from which the file of a store is written anew by default. */
export const DEFAULT_COMPACT_ABOVE_BYTES = 1_048_576

const KNOWN: Readonly<Record<keyof FileStoreOptions, true>> = {
  redact: true,
  compactAboveBytes: true,
  onReport: true,
}

/** Name of the file of the records; the files of the lock and backups have names that begin with `store` too. */
const STATE_FILE = 'store.jsonl'

/**
 * A store in a folder, which is made when the store is opened. A write that resolved is on the disk and survives
 * the death of the process and a loss of power; one that had not resolved is there as a whole or not at all.
 *
 * Throws `InvalidInputError` for a wrong option.
 */
export function fileStore<Kinds extends RecordKinds<Kinds>>(
  directory: string,
  options: FileStoreOptions = {},
): Store<Kinds> {
  return fileStoreOn(nodeFileSystem, directory, options)
}

/** {@link fileStore} on other files than those of the machine. */
export function fileStoreOn<Kinds extends RecordKinds<Kinds>>(
  files: FileSystem,
  directory: string,
  options: FileStoreOptions = {},
): Store<Kinds> {
  checkString('directory', directory ?? null)
  checkOptions('options', options)
  checkKnownKeys(options, KNOWN)
  const { compactAboveBytes, onReport } = options
  checkFunction('onReport', onReport)
  const above = checkInteger('compactAboveBytes', compactAboveBytes, DEFAULT_COMPACT_ABOVE_BYTES, 1)
  const redact = checkRedact(options.redact)
  return new RecordStore(new FileBacking(files, path.resolve(directory), above, onReport), redact)
}

/** A folder with a lock and a journal. */
class FileBacking implements Backing {
  readonly #files: FileSystem
  readonly #folder: string
  readonly #compactAboveBytes: number
  readonly #onReport: ((report: StoreReport) => void) | undefined
  #opened: { readonly lock: FolderLock; readonly journal: StateJournal } | undefined

  constructor(
    files: FileSystem,
    folder: string,
    compactAboveBytes: number,
    onReport: ((report: StoreReport) => void) | undefined,
  ) {
    this.#files = files
    this.#folder = folder
    this.#compactAboveBytes = compactAboveBytes
    this.#onReport = onReport
  }

  async open(migrations: readonly Migration[]): Promise<RecordTable> {
    const files = this.#files
    await files.makeFolder(this.#folder).catch((cause: unknown) => {
      throw new PersistenceError('Cannot make', this.#folder, { cause, isWritten: false })
    })
    const lock = await lockFolder(files, this.#folder, 'store')
    try {
      if (lock.takenOverFrom !== undefined) this.#report({ type: 'lock-taken-over', pid: lock.takenOverFrom })
      const { journal, table } = await StateJournal.open({
        files,
        file: path.join(this.#folder, STATE_FILE),
        migrations,
        compactAboveBytes: this.#compactAboveBytes,
        report: (report) => this.#report(report),
      })
      this.#opened = { lock, journal }
      return table
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  async append(effects: readonly Effect[]): Promise<void> {
    await this.#opened?.journal.append(effects)
  }

  async tidy(table: RecordTable): Promise<void> {
    await this.#opened?.journal.compact(table)
  }

  async close(): Promise<void> {
    await this.#opened?.journal.close()
    await this.#opened?.lock.release()
  }

  #report(report: StoreReport): void {
    try {
      this.#onReport?.(report)
    } catch {
      // An observer cannot break the store.
    }
  }
}
