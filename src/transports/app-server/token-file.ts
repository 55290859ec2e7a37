import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FILE_MODE } from '../../process/file-modes.js'
import { makePrivateFolder } from '../../process/private-folder.js'

/** A file that only this user can read. */
export interface TokenFile {
  readonly path: string
  /** Removes the file and its folder. Idempotent, never rejects. */
  remove(): Promise<void>
}

/** Writes a token to a private temporary file, which goes with this process at the latest. */
export async function writeTokenFile(token: string): Promise<TokenFile> {
  const { path: folder, remove } = await makePrivateFolder()
  const path = join(folder, 'token')
  try {
    await writeFile(path, token, { mode: FILE_MODE, flag: 'wx' })
  } catch (error) {
    await remove()
    throw error
  }
  return { path, remove }
}
