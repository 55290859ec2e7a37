import path from 'node:path'
import { AppendFile, isAbsence } from '../files/append-file.js'
import { PersistenceError } from '../files/errors.js'
import type { FileSystem } from '../files/file-system.js'
import { removeLeftovers, replaceFile, writeBeside } from '../files/replace-file.js'
import { migrate } from './migrate.js'
import { type Effect, RecordTable } from './record-table.js'
import type { StoreReport } from './reports.js'
import { changesLine, readStateText, stateText } from './state-text.js'
import type { Migration } from './store.js'

/** What a {@link StateJournal} needs to know. */
export interface StateJournalOptions {
  readonly files: FileSystem
  readonly file: string
  readonly migrations: readonly Migration[]
  /** Bytes of changes from which the file is written anew, unless the records take more. */
  readonly compactAboveBytes: number
  readonly report: (report: StoreReport) => void
}

/** The file of a store, to which changes are added. Only for the one that holds the folder's lock. */
export class StateJournal {
  readonly #options: StateJournalOptions
  #file: AppendFile
  #lines: number
  /** Size from which on the file is written anew. */
  #compactAbove: number

  private constructor(options: StateJournalOptions, file: AppendFile, lines: number) {
    this.#options = options
    this.#file = file
    this.#lines = lines
    this.#compactAbove = file.size + Math.max(options.compactAboveBytes, file.size)
  }

  /** Opens the file of a store, or makes one, and resolves with the records that it holds. */
  static async open(options: StateJournalOptions): Promise<{ journal: StateJournal; table: RecordTable }> {
    const { files, file } = options
    await removeLeftovers(files, file)
    const found = await read(files, file)
    const contents = found ?? (await create(options))
    const state = readStateText(contents, file)
    const { migrations } = options
    const table = await migrate(state.table, state.schemaVersion, migrations, file)
    const cut = contents.length - state.size
    if (cut > 0) options.report({ type: 'end-cut', file, offset: state.size, bytes: cut })
    let { lines, size } = state
    if (state.schemaVersion <= migrations.length) {
      const next = stateText(table, migrations.length + 1)
      const backup = `${file}.v${state.schemaVersion}`
      await replaceFile(files, backup, [contents])
      await replaceFile(files, file, next.parts)
      options.report({ type: 'migrated', file, from: state.schemaVersion, to: migrations.length + 1, backup })
      lines = next.lines
      size = lengthOf(next.parts)
    }
    // Whoever replaced the file may have been killed before it had made sure of that.
    await files.syncFolder(path.dirname(file)).catch((cause: unknown) => {
      throw new PersistenceError('Cannot write the folder of', file, { cause })
    })
    return { journal: new StateJournal(options, await AppendFile.open(files, file, size), lines), table }
  }

  /** Adds changes and resolves once they last. Rejects with {@link PersistenceError}. */
  async append(effects: readonly Effect[]): Promise<void> {
    await this.#file.append(changesLine(this.#lines + 1, effects))
    this.#lines += 1
  }

  /**
   * Writes the file anew when it holds too much that no longer counts. Never rejects: where that fails, the file
   * stays as it is, or, when not even that is certain, nothing more is written to it.
   */
  async compact(table: RecordTable): Promise<void> {
    if (this.#file.size < this.#compactAbove || this.#file.isBroken) return
    const { files, file, migrations, compactAboveBytes, report } = this.#options
    try {
      const { parts, lines } = stateText(table, migrations.length + 1)
      const temporary = await writeBeside(files, file, parts)
      await this.#putInPlace(temporary, lengthOf(parts))
      this.#lines = lines
      this.#compactAbove = this.#file.size + Math.max(compactAboveBytes, this.#file.size)
    } catch (error) {
      this.#compactAbove = this.#file.size * 2
      report({ type: 'compaction-failed', file, error: error as PersistenceError })
    }
  }

  /** Lets the file go. Never rejects. */
  async close(): Promise<void> {
    await this.#file.close()
  }

  async #putInPlace(temporary: string, size: number): Promise<void> {
    const { files, file } = this.#options
    const sizeBefore = this.#file.size
    // Windows replaces no file that is open. Until another is opened, every write is refused.
    await this.#file.close()
    try {
      await files.rename(temporary, file)
    } catch (cause) {
      // As long as the new file is there under its own name, the old one is in its place.
      await files.remove(temporary).catch((error: unknown) => {
        throw new PersistenceError('Cannot replace', file, { cause: error })
      })
      this.#file = await AppendFile.open(files, file, sizeBefore)
      throw new PersistenceError('Cannot replace', file, { cause, isWritten: false })
    }
    try {
      await files.syncFolder(path.dirname(file))
    } catch (cause) {
      throw new PersistenceError('Cannot make sure that it was replaced:', file, { cause })
    }
    this.#file = await AppendFile.open(files, file, size)
  }
}

async function read(files: FileSystem, file: string): Promise<Buffer | undefined> {
  try {
    return await files.readFile(file)
  } catch (cause) {
    if (isAbsence(cause)) return undefined
    throw new PersistenceError('Cannot read', file, { cause, isWritten: false })
  }
}

async function create({ files, file, migrations }: StateJournalOptions): Promise<Buffer> {
  const { parts } = stateText(new RecordTable(), migrations.length + 1)
  await replaceFile(files, file, parts)
  return Buffer.concat(parts)
}

function lengthOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}
