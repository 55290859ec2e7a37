import { errnoOf, PersistenceError } from './errors.js'
import type { FileSystem, OpenFile } from './file-system.js'

/**
 * A file that grows at its end. What {@link append} resolves for is on the disk; what it rejects for is not in
 * the file, or, when even that cannot be said, nothing is written any more.
 */
export class AppendFile {
  readonly path: string
  readonly #handle: OpenFile
  #size: number
  #broken: PersistenceError | undefined

  private constructor(path: string, handle: OpenFile, size: number) {
    this.path = path
    this.#handle = handle
    this.#size = size
  }

  /**
   * Opens a file to add to it, cuts it to the size given and makes sure that all of it is on the disk: the
   * process that wrote it may have been killed before it had done that. Rejects with {@link PersistenceError}.
   */
  static async open(files: FileSystem, path: string, size: number): Promise<AppendFile> {
    const handle = await files.open(path, 'r+').catch((cause: unknown) => {
      throw new PersistenceError('Cannot open', path, { cause, isWritten: false })
    })
    try {
      const { size: found } = await handle.stat()
      if (found < size) throw new Error('The file has become shorter')
      if (found > size) await handle.truncate(size)
      await handle.sync()
      return new AppendFile(path, handle, size)
    } catch (cause) {
      await handle.close().catch(ignore)
      throw new PersistenceError('Cannot write', path, { cause, isWritten: false })
    }
  }

  /** Creates a file that must not be there yet, empty. Rejects with {@link PersistenceError}. */
  static async create(files: FileSystem, path: string): Promise<AppendFile> {
    const handle = await files.open(path, 'wx').catch((cause: unknown) => {
      throw new PersistenceError('Cannot create', path, { cause, isWritten: false })
    })
    return new AppendFile(path, handle, 0)
  }

  /** Bytes that are in the file for certain. */
  get size(): number {
    return this.#size
  }

  /** Whether nothing more is written, because it is not known what the file holds or because it was closed. */
  get isBroken(): boolean {
    return this.#broken !== undefined
  }

  /**
   * Adds bytes and resolves once they are on the disk. Not to be called while another call is under way.
   * Rejects with {@link PersistenceError}.
   */
  async append(bytes: Uint8Array): Promise<void> {
    const cause = this.#broken
    if (cause)
      throw new PersistenceError('Nothing more is written to', this.path, { cause, isWritten: false })
    await this.#write(bytes)
    try {
      await this.#handle.datasync()
    } catch (cause) {
      // The system may have dropped what it could not write and call the file clean: no second try can tell.
      throw this.#break('Cannot make sure that it was written:', cause)
    }
    this.#size += bytes.length
  }

  /** Lets the file go. Idempotent; never rejects: all that was promised is on the disk already. */
  async close(): Promise<void> {
    this.#broken ??= new PersistenceError('Closed:', this.path, { isWritten: false })
    await this.#handle.close().catch(ignore)
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let done = 0
    try {
      while (done < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#size + done)
        if (bytesWritten === 0) throw new Error('The system writes nothing')
        done += bytesWritten
      }
    } catch (cause) {
      await this.#takeBack(cause)
      throw new PersistenceError('Cannot write', this.path, { cause, isWritten: false })
    }
  }

  async #takeBack(cause: unknown): Promise<void> {
    try {
      await this.#handle.truncate(this.#size)
    } catch {
      throw this.#break('Cannot write, nor take back what was written of it:', cause)
    }
  }

  #break(problem: string, cause: unknown): PersistenceError {
    this.#broken = new PersistenceError(problem, this.path, { cause })
    return this.#broken
  }
}

/** Whether the system says that there is nothing at a path. */
export function isAbsence(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT'
}

function ignore(): void {}
