import path from 'node:path'
import { isAbsence } from '../files/append-file.js'
import { PersistenceError } from '../files/errors.js'
import type { FileSystem, OpenFile } from '../files/file-system.js'

const LINE_FEED = 0x0a

/** A file that is moved aside when it is full. What is written to it is not waited for until it is on the disk. */
export class RotatingFile {
  readonly #files: FileSystem
  readonly #path: string
  readonly #maxBytes: number
  readonly #maxFiles: number
  #handle: OpenFile | undefined
  #size = 0

  private constructor(files: FileSystem, file: string, maxBytes: number, maxFiles: number) {
    this.#files = files
    this.#path = file
    this.#maxBytes = maxBytes
    this.#maxFiles = maxFiles
  }

  /** Opens a file to add to it, or makes it. Rejects with {@link PersistenceError}. */
  static async open(
    files: FileSystem,
    file: string,
    maxBytes: number,
    maxFiles: number,
  ): Promise<RotatingFile> {
    const rotating = new RotatingFile(files, file, maxBytes, maxFiles)
    await rotating.#wrap(() => rotating.#open())
    return rotating
  }

  /**
   * Adds bytes, and moves files aside between lines where they would grow too long. Not to be called while another
   * call is under way. Rejects with {@link PersistenceError}; what was not written then is lost, and the next call
   * tries the file anew.
   */
  async append(bytes: Buffer): Promise<void> {
    await this.#wrap(async () => {
      for (let rest = bytes; rest.length > 0; ) {
        const handle = this.#handle ?? (await this.#open())
        const room = this.#maxBytes - this.#size
        const fits =
          rest.length <= room ? rest.length : rest.subarray(0, Math.max(0, room)).lastIndexOf(LINE_FEED) + 1
        if (fits === 0 && this.#size > 0) {
          await this.#rotate()
          continue
        }
        // A line that is longer than a file may be stays in one piece.
        const length = fits > 0 ? fits : lineLength(rest)
        await this.#write(handle, rest.subarray(0, length))
        rest = rest.subarray(length)
      }
    })
  }

  /** Lets the file go. Never rejects. */
  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close().catch(ignore)
  }

  async #open(): Promise<OpenFile> {
    const handle = await this.#files.open(this.#path, 'a')
    this.#handle = handle
    this.#size = (await handle.stat()).size
    return handle
  }

  async #write(handle: OpenFile, bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, this.#size)
      if (bytesWritten === 0) throw new Error('The system writes nothing')
      done += bytesWritten
      this.#size += bytesWritten
    }
  }

  async #rotate(): Promise<void> {
    await this.close()
    const files = this.#files
    if (this.#maxFiles === 1) await files.remove(this.#path)
    for (let number = this.#maxFiles - 2; number >= 0; number -= 1) {
      await files.rename(this.#nameOf(number), this.#nameOf(number + 1)).catch((error: unknown) => {
        if (!isAbsence(error)) throw error
      })
    }
  }

  #nameOf(number: number): string {
    if (number === 0) return this.#path
    const { dir, name, ext } = path.parse(this.#path)
    return path.join(dir, `${name}.${number}${ext}`)
  }

  async #wrap<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (cause) {
      await this.close()
      throw new PersistenceError('Cannot write', this.#path, { cause })
    }
  }
}

function lineLength(bytes: Buffer): number {
  const end = bytes.indexOf(LINE_FEED)
  return end === -1 ? bytes.length : end + 1
}

function ignore(): void {}
