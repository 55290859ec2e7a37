import { InvalidInputError } from '../../util/errors.js'
import { checkInteger } from '../../util/validate.js'
import { MAX_BLOCK_BYTES } from '../protocol/index.js'
import type { ExecConnection } from './connection.js'
import { readBytes } from './process-input.js'

/** A block of a file. */
export interface FileBlock {
  readonly bytes: Buffer
  /** Whether the file ends behind it. */
  readonly eof: boolean
}

/** An open file of the server's machine. It is gone when the connection is, resumed or not. */
export class RemoteFile implements AsyncDisposable {
  readonly #connection: ExecConnection
  readonly #handleId: string

  constructor(connection: ExecConnection, handleId: string) {
    this.#connection = connection
    this.#handleId = handleId
  }

  /** Reads a block. @param length - in bytes, from 1 to 1,048,576 */
  async read(offset: number, length: number = MAX_BLOCK_BYTES): Promise<FileBlock> {
    const params = {
      handleId: this.#handleId,
      offset: checkOffset(offset),
      len: checkInteger('length', length, MAX_BLOCK_BYTES, 1, MAX_BLOCK_BYTES),
    }
    const { chunk, eof } = await this.#connection.request('fs/readBlock', params)
    return { bytes: Buffer.from(chunk, 'base64'), eof }
  }

  /** Writes at an offset, in blocks of 1 MiB. */
  async write(offset: number, data: string | Uint8Array): Promise<void> {
    const start = checkOffset(offset)
    const bytes = readBytes('data', data)
    for (let at = 0; at < bytes.length; at += MAX_BLOCK_BYTES) {
      const chunk = bytes.toString('base64', at, Math.min(at + MAX_BLOCK_BYTES, bytes.length))
      const params = { handleId: this.#handleId, offset: start + at, chunk }
      await this.#connection.request('fs/writeBlock', params)
    }
  }

  /** Closes it. Idempotent. */
  async close(): Promise<void> {
    await this.#connection.request('fs/close', { handleId: this.#handleId })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function checkOffset(offset: number): number {
  if (offset === undefined) throw new InvalidInputError('offset', offset, 'a whole number from 0')
  return checkInteger('offset', offset, 0, 0)
}
