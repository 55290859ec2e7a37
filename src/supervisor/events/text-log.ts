import path from 'node:path'
import { createRedactor, type RedactionStream } from '../../redaction/index.js'
import {
  checkFunction,
  checkInteger,
  checkKnownKeys,
  checkOptions,
  checkString,
} from '../../util/validate.js'
import { CommitQueue } from '../files/commit-queue.js'
import { PersistenceError } from '../files/errors.js'
import { type FileSystem, nodeFileSystem } from '../files/file-system.js'
import { checkRedactor, type EventLogOptions } from './options.js'
import { RotatingFile } from './rotating-file.js'

/** Something about a text log that its owner may want to know. */
export type TextLogReport =
  /** Text came faster than it could be written; a line in the log says so too. */
  | { readonly type: 'text-dropped'; readonly characters: number }
  /** Text could not be written and is lost. */
  | { readonly type: 'text-not-written'; readonly bytes: number; readonly error: PersistenceError }

/** Options of {@link openTextLog}. */
export interface TextLogOptions extends Pick<EventLogOptions, 'redactor'> {
  /** Most bytes of a file, but for a single line that is longer. @default 4_194_304 */
  readonly maxFileBytes?: number | undefined
  /** How many files are kept, the one that is written to included. @default 4 */
  readonly maxFiles?: number | undefined
  /** Most characters that wait to be written; what comes on top is dropped. @default 1_048_576 */
  readonly maxWaitingCharacters?: number | undefined
  /** Told what was lost. What it throws is ignored. */
  readonly onReport?: ((report: TextLogReport) => void) | undefined
}

/** Bounds of a text log by default. */
export const DEFAULT_TEXT_LOG = {
  maxFileBytes: 4_194_304,
  maxFiles: 4,
  maxWaitingCharacters: 1_048_576,
} as const

const KNOWN: Readonly<Record<keyof TextLogOptions, true>> = {
  maxFileBytes: true,
  maxFiles: true,
  maxWaitingCharacters: true,
  redactor: true,
  onReport: true,
}

/**
 * The output of a program in a file, without its secrets, wherever its chunks cut them. `NAME.log` becomes
 * `NAME.1.log` when it is full, that `NAME.2.log`, and so on. It is written in the order of the calls, but not waited
 * for: the last moments before a crash may be missing, and the beginning of what may be a secret waits for its end.
 */
export class TextLog {
  readonly #file: RotatingFile
  readonly #redaction: RedactionStream
  readonly #decoder = new TextDecoder()
  readonly #maxWaiting: number
  readonly #onReport: TextLogOptions['onReport']
  readonly #queue = new CommitQueue<string>((texts) => this.#write(texts))
  #waiting = 0
  #dropped = 0
  #closing: Promise<void> | undefined

  /** Made by {@link openTextLog}. @internal */
  constructor(file: RotatingFile, redaction: RedactionStream, options: TextLogOptions) {
    this.#file = file
    this.#redaction = redaction
    this.#maxWaiting = options.maxWaitingCharacters ?? DEFAULT_TEXT_LOG.maxWaitingCharacters
    this.#onReport = options.onReport
  }

  /** Adds a part of the output, which may end anywhere, within a character too. Ignored after {@link close}. */
  write(chunk: Uint8Array | string): void {
    if (this.#closing) return
    const text = typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true })
    this.#add(this.#redaction.push(text))
  }

  /** Writes what is left and lets the file go. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#closing ??= this.#shut()
    await this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #shut(): Promise<void> {
    this.#add(this.#redaction.push(this.#decoder.decode()))
    this.#add(this.#redaction.flush())
    await this.#queue.idle()
    await this.#file.close()
  }

  #add(text: string): void {
    if (text === '') return
    if (this.#waiting + text.length > this.#maxWaiting) {
      this.#dropped += text.length
      return
    }
    this.#waiting += text.length
    this.#queue.add(text)
  }

  async #write(texts: readonly string[]): Promise<void> {
    const text = texts.join('')
    await this.#append(text)
    this.#waiting -= text.length
    const characters = this.#dropped
    if (characters === 0) return
    this.#dropped = 0
    this.#report({ type: 'text-dropped', characters })
    await this.#append(`\n[${characters} characters came too fast and were dropped]\n`)
  }

  async #append(text: string): Promise<void> {
    const bytes = Buffer.from(text, 'utf8')
    try {
      await this.#file.append(bytes)
    } catch (error) {
      this.#report({ type: 'text-not-written', bytes: bytes.length, error: error as PersistenceError })
    }
  }

  #report(report: TextLogReport): void {
    try {
      this.#onReport?.(report)
    } catch {
      // An observer cannot break the log.
    }
  }
}

/**
 * Opens a text log, and goes on with the file that is there. Makes its folder if there is none. Only one may write
 * to a file: open it in a folder whose event log or store is open.
 *
 * Rejects with `InvalidInputError` for a wrong option, and with `PersistenceError`.
 *
 * @param file - its path, ending in `.log`
 */
export async function openTextLog(file: string, options: TextLogOptions = {}): Promise<TextLog> {
  return await openTextLogOn(nodeFileSystem, file, options)
}

/** {@link openTextLog} on other files than those of the machine. */
export async function openTextLogOn(
  files: FileSystem,
  file: string,
  options: TextLogOptions = {},
): Promise<TextLog> {
  checkString('file', file ?? null)
  checkOptions('options', options)
  checkKnownKeys(options, KNOWN)
  checkFunction('onReport', options.onReport)
  checkRedactor(options.redactor)
  const bound = (name: keyof typeof DEFAULT_TEXT_LOG) =>
    checkInteger(name, options[name], DEFAULT_TEXT_LOG[name], 1)
  const maxWaitingCharacters = bound('maxWaitingCharacters')
  const [maxFileBytes, maxFiles] = [bound('maxFileBytes'), bound('maxFiles')]
  const place = path.resolve(file)
  await files.makeFolder(path.dirname(place)).catch((cause: unknown) => {
    throw new PersistenceError('Cannot make', path.dirname(place), { cause, isWritten: false })
  })
  const rotating = await RotatingFile.open(files, place, maxFileBytes, maxFiles)
  const redactor = options.redactor ?? createRedactor()
  return new TextLog(rotating, redactor.stream(), { ...options, maxWaitingCharacters })
}
