import path from 'node:path'
import { AppendFile, isAbsence } from '../files/append-file.js'
import { DamagedFileError, PersistenceError } from '../files/errors.js'
import type { FileSystem } from '../files/file-system.js'
import { readLines } from '../files/read-lines.js'
import type { LogEvent } from './event.js'
import { readEventLine } from './event-line.js'

/** How the files of a log are kept. */
export interface EventFilesOptions {
  readonly files: FileSystem
  readonly folder: string
  readonly maxFileBytes: number
  readonly maxFiles: number
}

/** A place in the files, between two events. */
export interface EventCursor {
  /** Number of the first event of the file. */
  readonly first: number
  /** Bytes from the beginning of the file. */
  readonly offset: number
}

/** Some events from the files, or the number of the first one that there is after what is missing. */
export type EventPage =
  | { readonly events: readonly LogEvent[]; readonly cursor: EventCursor }
  | { readonly nextSeq: number }

const NAME = /^events-(\d{16})\.jsonl$/
const PAGE_BYTES = 65_536

/**
 * The files of a log, each named after the number of its first event: a file is never renamed, and the newest
 * one tells the next number even when it is empty. Only for the one that holds the folder's lock.
 */
export class EventFiles {
  readonly #options: EventFilesOptions
  /** Numbers of the first events of the files, oldest first; at least one. */
  readonly #firsts: number[]
  #current: AppendFile
  /** Whether the next file was begun: from then on nothing may be added to the one before. */
  #isTurning = false

  private constructor(options: EventFilesOptions, firsts: number[], current: AppendFile) {
    this.#options = options
    this.#firsts = firsts
    this.#current = current
  }

  /**
   * Opens the files, or makes the first, and cuts what a writer did not finish. Resolves with the events of the
   * newest file that has some, and how many bytes were cut. Rejects with {@link DamagedFileError} and
   * {@link PersistenceError}.
   */
  static async open(
    options: EventFilesOptions,
  ): Promise<{ files: EventFiles; lastSeq: number; recent: readonly LogEvent[]; cutBytes: number }> {
    const { files, folder } = options
    const names = await wrap('Cannot read', folder, () => files.list(folder))
    const firsts = names.flatMap((name) => Number(NAME.exec(name)?.[1] ?? 0) || []).sort((a, b) => a - b)
    const first = firsts.at(-1)
    if (first === undefined) {
      const current = await createFile(options, 1)
      return { files: new EventFiles(options, [1], current), lastSeq: 0, recent: [], cutBytes: 0 }
    }
    const file = fileOf(folder, first)
    const contents = await wrap('Cannot read', file, () => files.readFile(file))
    const { values, size } = readEvents(contents, file, first)
    const current = await AppendFile.open(files, file, size)
    // Whoever made the file may have been killed before it had made sure of that.
    await wrap('Cannot write', folder, () => files.syncFolder(folder))
    const before = firsts.at(-2)
    const recent = values.length > 0 || before === undefined ? values : await readWhole(options, before)
    const lastSeq = first + values.length - 1
    return {
      files: new EventFiles(options, firsts, current),
      lastSeq,
      recent,
      cutBytes: contents.length - size,
    }
  }

  /** Number of the oldest event that may still be there. */
  get firstSeq(): number {
    return this.#firsts[0] as number
  }

  /** How many bytes can be added before the next file begins. */
  get room(): number {
    const { maxFileBytes } = this.#options
    return this.#current.size === 0 ? maxFileBytes : Math.max(0, maxFileBytes - this.#current.size)
  }

  /**
   * Adds the lines of events and resolves once they last. Begins the next file when there is no room for them.
   * Rejects with {@link PersistenceError}.
   *
   * @param seq - number of the first of them
   */
  async append(seq: number, lines: Uint8Array): Promise<void> {
    // What a broken file holds may have this number too: it must stay the newest until it is opened anew.
    const isFull = this.#current.size > 0 && lines.length > this.room
    if ((isFull || this.#isTurning) && !this.#current.isBroken) await this.#rotate(seq)
    await this.#current.append(lines)
  }

  /**
   * Reads on from a cursor, or looks for the event that is wanted. Rejects with {@link DamagedFileError} and
   * {@link PersistenceError}.
   */
  async read(wanted: number, cursor: EventCursor | undefined): Promise<EventPage> {
    let at = cursor
    for (;;) {
      const first = this.#firsts.findLast((one) => one <= wanted)
      if (first === undefined) return { nextSeq: this.firstSeq }
      if (at?.first !== first) at = { first, offset: 0 }
      const page = await this.#readPage(at)
      // Taken away meanwhile: look again.
      if (page === undefined) {
        if (!this.#firsts.includes(first)) continue
        throw new PersistenceError('Somebody has removed', fileOf(this.#options.folder, first))
      }
      if (page.cursor.offset === at.offset) {
        const next = this.#firsts.find((one) => one > wanted)
        if (next === undefined) throw this.#damaged(at, 'events are missing')
        return { nextSeq: next }
      }
      at = page.cursor
      const events = page.events.filter(({ seq }) => seq >= wanted)
      if (events.length > 0) return { events, cursor: at }
    }
  }

  /** Lets the files go. Never rejects. */
  async close(): Promise<void> {
    await this.#current.close()
  }

  async #readPage(at: EventCursor): Promise<{ events: LogEvent[]; cursor: EventCursor } | undefined> {
    const { files, folder } = this.#options
    const file = fileOf(folder, at.first)
    // What comes after the size of the newest file is being written, and may yet be taken back.
    const end = at.first === this.#firsts.at(-1) ? this.#current.size : Number.POSITIVE_INFINITY
    const handle = await files.open(file, 'r').catch((cause: unknown) => {
      if (isAbsence(cause)) return undefined
      throw new PersistenceError('Cannot read', file, { cause })
    })
    if (!handle) return undefined
    try {
      for (let bytes = PAGE_BYTES; ; bytes *= 2) {
        const wanted = Math.min(bytes, end - at.offset)
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted), 0, wanted, at.offset)
        const whole = buffer.subarray(0, buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1)
        if (whole.length === 0 && bytesRead === bytes) continue
        if (whole.length === 0 && bytesRead > 0) throw this.#damaged(at, 'its last line is not complete')
        return this.#parse(at, whole)
      }
    } catch (cause) {
      throw cause instanceof DamagedFileError ? cause : new PersistenceError('Cannot read', file, { cause })
    } finally {
      await handle.close().catch(() => undefined)
    }
  }

  #parse(at: EventCursor, whole: Buffer): { events: LogEvent[]; cursor: EventCursor } {
    const events: LogEvent[] = []
    for (let start = 0; start < whole.length; ) {
      const end = whole.indexOf(0x0a, start)
      const event = readEventLine(whole.subarray(start, end))
      if (!event) {
        throw this.#damaged({ ...at, offset: at.offset + start }, 'a line is complete but not valid')
      }
      events.push(event)
      start = end + 1
    }
    return { events, cursor: { ...at, offset: at.offset + whole.length } }
  }

  #damaged({ first, offset }: EventCursor, problem: string): DamagedFileError {
    return new DamagedFileError(fileOf(this.#options.folder, first), offset, problem)
  }

  async #rotate(seq: number): Promise<void> {
    this.#isTurning = true
    const next = await createFile(this.#options, seq)
    await this.#current.close()
    this.#current = next
    this.#firsts.push(seq)
    this.#isTurning = false
    const { files, folder, maxFiles } = this.#options
    while (this.#firsts.length > maxFiles) {
      const oldest = fileOf(folder, this.firstSeq)
      const isGone = await files.remove(oldest).then(() => true, isAbsence)
      // One that cannot be removed is tried again with the next file.
      if (!isGone) return
      this.#firsts.shift()
    }
  }
}

/** Makes the file that begins with a number. One that is there holds nothing that was acknowledged. */
async function createFile({ files, folder }: EventFilesOptions, first: number): Promise<AppendFile> {
  const file = fileOf(folder, first)
  const created = await AppendFile.create(files, file).catch((error: unknown) => {
    if (error instanceof PersistenceError && error.errno === 'EEXIST') return AppendFile.open(files, file, 0)
    throw error
  })
  try {
    await files.syncFolder(folder)
    return created
  } catch (cause) {
    await created.close()
    throw new PersistenceError('Cannot create', file, { cause, isWritten: false })
  }
}

async function readWhole({ files, folder }: EventFilesOptions, first: number): Promise<readonly LogEvent[]> {
  const file = fileOf(folder, first)
  return readEvents(await wrap('Cannot read', file, () => files.readFile(file)), file, first).values
}

function readEvents(contents: Buffer, file: string, first: number) {
  const offsets: number[] = []
  const lines = readLines(contents, file, (line, offset) => {
    const event = readEventLine(line)
    if (event) offsets.push(offset)
    return event
  })
  for (const [index, { seq }] of lines.values.entries()) {
    if (seq === first + index) continue
    throw new DamagedFileError(file, offsets[index] ?? 0, 'an event does not follow the one before it')
  }
  return lines
}

function fileOf(folder: string, first: number): string {
  return path.join(folder, `events-${String(first).padStart(16, '0')}.jsonl`)
}

async function wrap<T>(problem: string, file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (cause) {
    throw new PersistenceError(problem, file, { cause, isWritten: false })
  }
}
