import path from 'node:path'
import { createRedactor, type Redactor } from '../../redaction/index.js'
import { type Deferred, deferred } from '../../util/deferred.js'
import { Emitter } from '../../util/emitter.js'
import { checkFunction, checkInteger, checkOptions, checkSignal, checkString } from '../../util/validate.js'
import { CommitQueue } from '../files/commit-queue.js'
import { NotOpenError, PersistenceError } from '../files/errors.js'
import { type FileSystem, nodeFileSystem } from '../files/file-system.js'
import { lockFolder } from '../files/folder-lock.js'
import type { EventLogEntry, LogEvent, NewEvent } from './event.js'
import { type EventCursor, EventFiles, type EventPage } from './event-files.js'
import { type EventBody, numberEvent, toBody } from './event-line.js'
import { EventReader } from './event-reader.js'
import { checkEventLogOptions, type EventLogOptions, type EventLogSettings } from './options.js'

/** Which events to read. */
export interface EventsOptions {
  /**
   * Number of the last event that the reader knows; 0 for none.
   * @default the newest event: nothing is replayed
   */
  readonly after?: number | undefined
  /** Ends the reading when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

interface Entry {
  readonly body: EventBody
  readonly done: Deferred<LogEvent>
}

/** What a log has its events on. */
interface Backing {
  readonly files: EventFiles
  readonly release: () => Promise<void>
}

/**
 * A log of numbered events. Each is told to listeners and readers once it lasts, so that nobody has seen a number
 * that means something else after a crash.
 */
export class EventLog {
  readonly #settings: EventLogSettings
  readonly #backing: Backing | undefined
  readonly #redactor: Redactor
  readonly #listeners = new Emitter<{ event: [LogEvent]; change: [] }>()
  readonly #queue = new CommitQueue<Entry>((entries) => this.#commit(entries))
  readonly #recent: LogEvent[]
  #lastSeq: number
  #closing: Promise<void> | undefined
  #isClosed = false

  /** Made by {@link openEventLog} and {@link memoryEventLog}. @internal */
  constructor(
    settings: EventLogSettings,
    backing?: Backing & { readonly lastSeq: number; readonly recent: readonly LogEvent[] },
  ) {
    this.#settings = settings
    this.#backing = backing
    this.#redactor = settings.redactor ?? createRedactor()
    this.#lastSeq = backing?.lastSeq ?? 0
    this.#recent = backing?.recent.slice(-settings.recentEvents) ?? []
  }

  /** Number of the last event that lasts; 0 when there was none yet. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  /** The last events, oldest first, as many as are kept in memory. */
  recent(): readonly LogEvent[] {
    return [...this.#recent]
  }

  /**
   * Logs an event, without its secrets. Resolves with it once it lasts; rejects with `PersistenceError` when it
   * cannot be kept, which `onReport` is told too, and with `NotOpenError` after {@link close}. The promise need
   * not be observed. Throws `InvalidInputError` for a wrong event.
   */
  append(event: NewEvent): Promise<LogEvent> {
    const body = toBody(event, this.#redactor, new Date().toISOString())
    const done = deferred<LogEvent>()
    done.promise.catch(ignore)
    if (this.#closing) done.reject(new NotOpenError('event log', 'is closed'))
    else this.#queue.add({ body, done })
    return done.promise
  }

  /**
   * Calls a listener for each event from now on, in order. What it throws, or rejects with, is dropped. Returns a
   * function that takes it away again. Throws `InvalidInputError` unless it is a function.
   */
  subscribe(listener: (event: LogEvent) => void): () => void {
    checkFunction('listener', listener ?? null)
    return this.#listeners.on('event', listener)
  }

  /**
   * Events as an async iterator: first those that were logged after a number, then those to come, each once, in
   * order. Where some were rotated away, an {@link EventLogEntry} with `gap` stands for them. It ends when the log
   * is closed and all was read, or when the signal aborts; it can be iterated once, and rejects with
   * `DamagedFileError` or `PersistenceError` when a file cannot be read.
   *
   * Throws `InvalidInputError` for a wrong option, such as a number that no event has yet.
   */
  events(options: EventsOptions = {}): AsyncIterable<EventLogEntry> {
    checkOptions('options', options)
    checkSignal('signal', options.signal)
    const after = checkInteger('after', options.after, this.#lastSeq, 0, this.#lastSeq)
    const log = this
    const source = {
      get lastSeq() {
        return log.#lastSeq
      },
      get isClosed() {
        return log.#isClosed
      },
      recall: (seq: number) => this.#recent[seq - (this.#recent[0]?.seq ?? seq)],
      read: (seq: number, cursor: EventCursor | undefined) => this.#read(seq, cursor),
      watch: (onChange: () => void) => this.#listeners.on('change', onChange),
    }
    return new EventReader(source, after, options.signal)
  }

  /** Waits until everything is kept that was logged, and lets the files go. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#closing ??= this.#shut()
    await this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #shut(): Promise<void> {
    await this.#queue.idle()
    this.#isClosed = true
    await this.#backing?.files.close()
    await this.#backing?.release()
    this.#listeners.emit('change')
  }

  async #read(seq: number, cursor: EventCursor | undefined): Promise<EventPage> {
    if (this.#backing) return await this.#backing.files.read(seq, cursor)
    return { nextSeq: this.#recent[0]?.seq ?? this.#lastSeq + 1 }
  }

  async #commit(entries: readonly Entry[]): Promise<void> {
    for (let from = 0; from < entries.length; ) {
      const group = this.#nextGroup(entries, from)
      from += group.length
      try {
        const lines = Buffer.concat(group.map(({ line }) => line))
        await this.#backing?.files.append(this.#lastSeq + 1, lines)
        for (const { event, done } of group) this.#publish(event, done)
      } catch (error) {
        for (const { done } of group) done.reject(error)
        this.#settings.onReport?.({
          type: 'events-not-kept',
          events: group.length,
          error: error as PersistenceError,
        })
      }
    }
  }

  /** As many entries as the file has room for, at least one, with the numbers that they get. */
  #nextGroup(entries: readonly Entry[], from: number) {
    const room = this.#backing?.files.room ?? this.#settings.maxFileBytes
    const group: { event: LogEvent; line: Buffer; done: Deferred<LogEvent> }[] = []
    let bytes = 0
    for (const { body, done } of entries.slice(from)) {
      const next = numberEvent(body, this.#lastSeq + 1 + group.length, this.#settings.maxEventBytes)
      bytes += next.line.length
      if (group.length > 0 && bytes > room) break
      group.push({ ...next, done })
    }
    return group
  }

  #publish(event: LogEvent, done: Deferred<LogEvent>): void {
    this.#recent.push(event)
    if (this.#recent.length > this.#settings.recentEvents) this.#recent.shift()
    this.#lastSeq = event.seq
    done.resolve(event)
    this.#listeners.emit('event', event)
    this.#listeners.emit('change')
  }
}

/** A log that keeps only the recent events, in memory. Throws `InvalidInputError` for a wrong option. */
export function memoryEventLog(options: EventLogOptions = {}): EventLog {
  return new EventLog(checkEventLogOptions(options))
}

/**
 * Opens the log in a folder, which is made if there is none. The numbers go on where the last event that lasts
 * ended.
 *
 * Rejects with `InvalidInputError` for a wrong option, `FolderLockedError` when somebody has the log open,
 * `DamagedFileError` and `PersistenceError`.
 */
export async function openEventLog(directory: string, options: EventLogOptions = {}): Promise<EventLog> {
  return await openEventLogOn(nodeFileSystem, directory, options)
}

/** {@link openEventLog} on other files than those of the machine. */
export async function openEventLogOn(
  system: FileSystem,
  directory: string,
  options: EventLogOptions = {},
): Promise<EventLog> {
  checkString('directory', directory ?? null)
  const settings = checkEventLogOptions(options)
  const folder = path.resolve(directory)
  await system.makeFolder(folder).catch((cause: unknown) => {
    throw new PersistenceError('Cannot make', folder, { cause, isWritten: false })
  })
  const lock = await lockFolder(system, folder, 'events')
  try {
    const { maxFileBytes, maxFiles } = settings
    const opened = await EventFiles.open({ files: system, folder, maxFileBytes, maxFiles })
    const { files, lastSeq, recent, cutBytes } = opened
    if (cutBytes > 0) settings.onReport?.({ type: 'end-cut', bytes: cutBytes })
    return new EventLog(settings, { files, release: () => lock.release(), lastSeq, recent })
  } catch (error) {
    await lock.release()
    throw error
  }
}

function ignore(): void {}
