import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guardChild } from './exit-guard.js'
import { folderPrefix, removeLeftFolders } from './left-folders.js'

/** A temporary folder that only this user can enter. */
export interface PrivateFolder {
  readonly path: string
  /** Removes the folder and what is in it. Idempotent, never rejects. */
  remove(): Promise<void>
}

/**
 * Makes a private temporary folder, which goes with this process at the latest, or, when the process was killed, when
 * the next one makes such a folder. Rejects with the system's error.
 *
 * @param parent - the folder to make it in
 */
export async function makePrivateFolder(parent = tmpdir()): Promise<PrivateFolder> {
  await removeLeftFolders(parent)
  // mkdtemp makes a folder that nobody else can enter.
  const path = await mkdtemp(join(parent, folderPrefix(process.pid)))
  const release = guardChild(() => rmSync(path, { recursive: true, force: true }))
  const remove = async () => {
    await rm(path, { recursive: true, force: true }).catch(() => {})
    release()
  }
  return { path, remove }
}
