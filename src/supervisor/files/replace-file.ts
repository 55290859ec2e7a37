import path from 'node:path'
import { isTemporaryName, temporaryName } from '../../process/codex-home/write-file.js'
import { PersistenceError } from './errors.js'
import type { FileSystem } from './file-system.js'

/**
 * Writes a new file beside the one that it is to replace, all of it on the disk, and resolves with its path.
 * Leaves nothing behind when it rejects, which it does with {@link PersistenceError}.
 */
export async function writeBeside(
  files: FileSystem,
  target: string,
  contents: readonly Uint8Array[],
): Promise<string> {
  const temporary = path.join(path.dirname(target), temporaryName(path.basename(target)))
  try {
    const handle = await files.open(temporary, 'wx')
    try {
      let position = 0
      for (const bytes of contents) {
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position)
          if (bytesWritten === 0) throw new Error('The system writes nothing')
          done += bytesWritten
          position += bytesWritten
        }
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    return temporary
  } catch (cause) {
    await files.remove(temporary).catch(ignore)
    throw new PersistenceError('Cannot write', temporary, { cause, isWritten: false })
  }
}

/**
 * Puts a file in place in one step, to last: whoever looks, and whoever starts after a loss of power, sees the
 * old contents or the new. Rejects with {@link PersistenceError}; which of them is there is then not known.
 */
export async function replaceFile(
  files: FileSystem,
  target: string,
  contents: readonly Uint8Array[],
): Promise<void> {
  const temporary = await writeBeside(files, target, contents)
  try {
    await files.rename(temporary, target)
    await files.syncFolder(path.dirname(target))
  } catch (cause) {
    await files.remove(temporary).catch(ignore)
    throw new PersistenceError('Cannot replace', target, { cause })
  }
}

/**
 * Removes what writers left beside a file when they were killed. Only for the one that may write it. Rejects with
 * {@link PersistenceError} when the folder cannot be read.
 */
export async function removeLeftovers(files: FileSystem, target: string): Promise<void> {
  const folder = path.dirname(target)
  const name = path.basename(target)
  const entries = await files.list(folder).catch((cause: unknown) => {
    throw new PersistenceError('Cannot read', folder, { cause, isWritten: false })
  })
  for (const entry of entries) {
    // What cannot be removed is no harm: nobody reads it.
    if (isTemporaryName(entry, name)) await files.remove(path.join(folder, entry)).catch(ignore)
  }
}

function ignore(): void {}
