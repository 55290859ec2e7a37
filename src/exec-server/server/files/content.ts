import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { RpcError } from '../../../rpc/errors.js'

/** A pipe without a reader would otherwise hold up the operation for ever. */
const DO_NOT_WAIT = constants.O_NONBLOCK ?? 0

/** Opens a regular file for reading. Rejects with an `RpcError` when it is something else. */
export async function openForReading(path: string): Promise<FileHandle> {
  // Asked before it is opened: opening a device may have an effect.
  if (!(await stat(path)).isFile()) throw notAFile(path)
  const file = await open(path, constants.O_RDONLY | DO_NOT_WAIT)
  try {
    if (!(await file.stat()).isFile()) throw notAFile(path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Opens a file for writing, emptied or new. */
export function openForReplacing(path: string): Promise<FileHandle> {
  return open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | DO_NOT_WAIT, 0o666)
}

/** Reads a whole regular file. Rejects with an `RpcError` when it is longer than allowed. */
export async function readWholeFile(path: string, maxBytes: number): Promise<Buffer> {
  const file = await openForReading(path)
  try {
    const { size } = await file.stat()
    if (size > maxBytes) throw tooLarge(maxBytes)
    // Files of /proc have no size, and others may grow meanwhile.
    const chunks: Buffer[] = []
    let total = 0
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.max(size - total + 1, 64 * 1024)))
      if (bytesRead === 0) return Buffer.concat(chunks, total)
      chunks.push(buffer.subarray(0, bytesRead))
      total += bytesRead
      if (total > maxBytes) throw tooLarge(maxBytes)
    }
  } finally {
    await file.close()
  }
}

/** Writes a whole file. */
export async function writeWholeFile(path: string, bytes: Buffer): Promise<void> {
  const file = await openForReplacing(path)
  try {
    await file.writeFile(bytes)
  } finally {
    await file.close()
  }
}

function notAFile(path: string): RpcError {
  return RpcError.invalidRequest(`path \`${path}\` is not a file`)
}

function tooLarge(maxBytes: number): RpcError {
  return RpcError.invalidRequest(`file is too large to read: limit is ${maxBytes} bytes`)
}
