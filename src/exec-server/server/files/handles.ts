import type { FileHandle } from 'node:fs/promises'
import { RpcError } from '../../../rpc/errors.js'
import { decodeBase64, type ExecResult, MAX_BLOCK_BYTES, notFound } from '../../protocol/index.js'

/** Most file handles of a connection: 128. */
export const MAX_FILE_HANDLES = 128

/** The open files of a connection, by the ids that the client gave them. A failed operation closes its handle. */
export class FileHandles {
  readonly #files = new Map<string, Promise<FileHandle>>()
  #isEnded = false

  /** How many are open, or being opened. */
  get size(): number {
    return this.#files.size
  }

  /** Opens a file under an id. Throws an `RpcError` when the id is taken, or for one too many. */
  async open(handleId: string, openFile: () => Promise<FileHandle>): Promise<void> {
    if (this.#files.has(handleId)) throw RpcError.invalidRequest(`file handle \`${handleId}\` already exists`)
    if (this.#files.size >= MAX_FILE_HANDLES) {
      throw RpcError.invalidRequest(`too many open file handles: the limit is ${MAX_FILE_HANDLES}`)
    }
    const opening = openFile()
    this.#files.set(handleId, opening)
    try {
      const file = await opening
      // The connection went while the file was being opened.
      if (this.#isEnded) await file.close()
    } catch (error) {
      this.#files.delete(handleId)
      throw error
    }
  }

  /** Reads a block. */
  async read(handleId: string, offset: number, length: number): Promise<ExecResult<'fs/readBlock'>> {
    checkLength('read', length)
    return this.#use(handleId, async (file) => {
      const bytes = Buffer.allocUnsafe(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return { chunk: bytes.toString('base64', 0, filled), eof: filled < length }
    })
  }

  /** Writes a block, all of it. */
  async write(handleId: string, offset: number, chunk: string): Promise<void> {
    const bytes = decodeBase64(chunk)
    if (!bytes) throw RpcError.invalidRequest('fs/writeBlock requires a valid base64 chunk')
    checkLength('write', bytes.length)
    await this.#use(handleId, async (file) => {
      let written = 0
      while (written < bytes.length) {
        written += (await file.write(bytes, written, bytes.length - written, offset + written)).bytesWritten
      }
    })
  }

  /** Closes a handle; nothing happens when there is none. */
  async close(handleId: string): Promise<void> {
    const opening = this.#files.get(handleId)
    this.#files.delete(handleId)
    await (await opening)?.close()
  }

  /** Closes all handles, for a connection that has ended. Never rejects. */
  async end(): Promise<void> {
    this.#isEnded = true
    const opening = [...this.#files.values()]
    this.#files.clear()
    await Promise.allSettled(opening.map(async (file) => (await file).close()))
  }

  async #use<T>(handleId: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = await this.#files.get(handleId)
    if (!file) throw notFound(`unknown file handle \`${handleId}\``)
    try {
      return await use(file)
    } catch (error) {
      await this.close(handleId)
      throw error
    }
  }
}

function checkLength(what: 'read' | 'write', length: number): void {
  if (length >= 1 && length <= MAX_BLOCK_BYTES) return
  throw RpcError.invalidRequest(`file ${what} block length must be between 1 and ${MAX_BLOCK_BYTES}`)
}
