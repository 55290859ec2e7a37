import { randomBytes } from 'node:crypto'
// The default import, so that a test can stand in for single calls.
import fs from 'node:fs/promises'
import path from 'node:path'
import { FILE_MODE } from '../file-modes.js'

/**
 * Puts a file in place in one step: whoever looks sees the old contents or the new, never a part, and a link
 * that stood there is replaced, not followed. Rejects with the system's error and leaves nothing behind.
 */
export async function replaceFile(folder: string, name: string, contents: Uint8Array): Promise<void> {
  const temporary = path.join(folder, temporaryName(name))
  const handle = await fs.open(temporary, 'wx', FILE_MODE)
  try {
    try {
      // The umask may have taken bits away that the owner needs.
      await handle.chmod(FILE_MODE)
      await handle.writeFile(contents)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await fs.rename(temporary, path.join(folder, name))
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
}

/** A name that nothing else has, hidden, and telling what it is for. */
export function temporaryName(name: string): string {
  return `.${name}.${randomBytes(8).toString('hex')}.tmp`
}

/** Whether a name is one that {@link temporaryName} gives for `name`. */
export function isTemporaryName(entry: string, name: string): boolean {
  const [start, end] = [`.${name}.`, '.tmp']
  return (
    entry.startsWith(start) &&
    entry.endsWith(end) &&
    /^[0-9a-f]{16}$/.test(entry.slice(start.length, -end.length))
  )
}
