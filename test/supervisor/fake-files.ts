import path from 'node:path'
import type { FileSystem, OpenFile } from '../../src/supervisor/files/file-system.js'

interface Content {
  bytes: Buffer
  /** What is on the disk for certain. */
  synced: Buffer
}

/** One thing that is done to a file. */
export interface Operation {
  readonly name:
    | 'open'
    | 'read'
    | 'write'
    | 'truncate'
    | 'sync'
    | 'close'
    | 'list'
    | 'rename'
    | 'link'
    | 'remove'
    | 'syncFolder'
  /** The file's name, without the folders above it. */
  readonly file: string
  /** How many operations came before it. */
  readonly index: number
}

/**
 * What is done instead of an operation, or before it: an error to reject with, or for a write the number of bytes
 * that are written before the error.
 */
export type Fault = (
  operation: Operation,
) => Error | { readonly partly: number; readonly error: Error } | undefined

/** An error as the system makes it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: told by a test`), { code })
}

/** Files in memory that fail where a test wants, and tell what a loss of power would leave of them. */
export class FakeFiles implements FileSystem {
  readonly #names: Map<string, Content>
  #syncedNames: Map<string, Content>
  /** Decides about each operation. */
  fault: Fault = () => undefined
  /** How many operations were begun. */
  operations = 0

  constructor(names: ReadonlyMap<string, Buffer> = new Map()) {
    this.#names = new Map(Array.from(names, ([name, bytes]) => [name, { bytes, synced: bytes }]))
    this.#syncedNames = new Map(this.#names)
  }

  /** What a file holds; `undefined` when there is none. */
  contents(file: string): Buffer | undefined {
    return this.#names.get(file)?.bytes
  }

  /** Names of all files. */
  names(): string[] {
    return [...this.#names.keys()]
  }

  /** Puts a file in place. */
  put(file: string, bytes: Buffer): void {
    const content = { bytes, synced: bytes }
    this.#names.set(file, content)
    this.#syncedNames.set(file, content)
  }

  /** The files after the process was killed: all that was written is there. */
  afterKill(): FakeFiles {
    return new FakeFiles(new Map(Array.from(this.#names, ([name, { bytes }]) => [name, Buffer.from(bytes)])))
  }

  /**
   * The files after a loss of power: names as they were when their folder was last synced, or as they are; of
   * each file what was synced and a part of what came after.
   *
   * @param random - a number from 0 up to 1
   */
  afterPowerLoss(random: () => number): FakeFiles {
    const names = random() < 0.5 ? this.#syncedNames : this.#names
    const left = Array.from(names, ([name, { bytes, synced }]): [string, Buffer] => {
      const chance = random()
      if (chance < 0.3 || synced.length > bytes.length) return [name, Buffer.from(synced)]
      const size = synced.length + Math.floor(random() * (bytes.length - synced.length + 1))
      const part = Buffer.from(bytes.subarray(0, size))
      if (chance < 0.6) part.fill(0, synced.length)
      return [name, part]
    })
    return new FakeFiles(new Map(left))
  }

  async open(file: string, flags: string): Promise<OpenFile> {
    this.#begin('open', file)
    const found = this.#names.get(file)
    if (flags === 'wx' && found) throw systemError('EEXIST')
    if (flags.startsWith('r') && !found) throw systemError('ENOENT')
    const content = found ?? { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) }
    if (!found) this.#names.set(file, content)
    return this.#handle(file, content)
  }

  async readFile(file: string): Promise<Buffer> {
    this.#begin('read', file)
    const content = this.#names.get(file)
    if (!content) throw systemError('ENOENT')
    return Buffer.from(content.bytes)
  }

  async list(folder: string): Promise<string[]> {
    this.#begin('list', folder)
    return this.names().flatMap((name) => (path.dirname(name) === folder ? [path.basename(name)] : []))
  }

  async makeFolder(): Promise<void> {}

  async rename(from: string, to: string): Promise<void> {
    this.#begin('rename', to)
    const content = this.#names.get(from)
    if (!content) throw systemError('ENOENT')
    this.#names.delete(from)
    this.#names.set(to, content)
  }

  async link(from: string, to: string): Promise<void> {
    this.#begin('link', to)
    const content = this.#names.get(from)
    if (!content) throw systemError('ENOENT')
    if (this.#names.has(to)) throw systemError('EEXIST')
    this.#names.set(to, content)
  }

  async remove(file: string): Promise<void> {
    this.#begin('remove', file)
    if (!this.#names.delete(file)) throw systemError('ENOENT')
  }

  async syncFolder(folder: string): Promise<void> {
    this.#begin('syncFolder', folder)
    this.#syncedNames = new Map(this.#names)
  }

  #begin(
    name: Operation['name'],
    file: string,
  ): { readonly partly: number; readonly error: Error } | undefined {
    const fault = this.fault({ name, file: path.basename(file), index: this.operations })
    this.operations += 1
    if (fault instanceof Error) throw fault
    return fault
  }

  #handle(file: string, content: Content): OpenFile {
    const sync = async () => {
      this.#begin('sync', file)
      content.synced = Buffer.from(content.bytes)
    }
    const handle = {
      sync,
      datasync: sync,
      stat: async () => ({ size: content.bytes.length }),
      truncate: async (size: number) => {
        this.#begin('truncate', file)
        content.bytes = Buffer.from(content.bytes.subarray(0, size))
      },
      write: async (bytes: Uint8Array, offset: number, length: number, position: number) => {
        const fault = this.#begin('write', file)
        const written = fault ? Math.min(fault.partly, length) : length
        const grown = Buffer.alloc(Math.max(content.bytes.length, position + written))
        content.bytes.copy(grown)
        grown.set(bytes.subarray(offset, offset + written), position)
        content.bytes = grown
        if (fault) throw fault.error
        return { bytesWritten: written, buffer: bytes }
      },
      read: async (into: Uint8Array, offset: number, length: number, position: number) => {
        this.#begin('read', file)
        const part = content.bytes.subarray(position, position + length)
        into.set(part, offset)
        return { bytesRead: part.length, buffer: into }
      },
      close: async () => {
        this.#begin('close', file)
      },
    }
    return handle as unknown as OpenFile
  }
}
