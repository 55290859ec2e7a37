import type { FileHandle } from 'node:fs/promises'
import fs from 'node:fs/promises'
import path from 'node:path'
import { FILE_MODE, FOLDER_MODE } from '../../process/file-modes.js'

/** The part of an open file that is used. */
export type OpenFile = Pick<
  FileHandle,
  'read' | 'write' | 'truncate' | 'sync' | 'datasync' | 'stat' | 'close'
>

/** What the store and the logs do to files, so that a test can stand in for a disk that fails. */
export interface FileSystem {
  open(file: string, flags: string, mode?: number): Promise<OpenFile>
  readFile(file: string): Promise<Buffer>
  /** Names of what is in a folder. */
  list(folder: string): Promise<string[]>
  /** Makes a folder, and those above it, if there is none; to last. */
  makeFolder(folder: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Gives a file a second name; rejects with `EEXIST` when something has that name already. */
  link(from: string, to: string): Promise<void>
  remove(file: string): Promise<void>
  /** Makes sure that what was created, renamed and removed in a folder stays so after a loss of power. */
  syncFolder(folder: string): Promise<void>
}

/** The file system of the machine. */
export const nodeFileSystem: FileSystem = {
  open: (file, flags, mode = FILE_MODE) => fs.open(file, flags, mode),
  readFile: (file) => fs.readFile(file),
  list: (folder) => fs.readdir(folder),
  makeFolder,
  rename: (from, to) => fs.rename(from, to),
  link: (from, to) => fs.link(from, to),
  remove: (file) => fs.unlink(file),
  syncFolder,
}

async function makeFolder(folder: string): Promise<void> {
  const first = await fs.mkdir(folder, { recursive: true, mode: FOLDER_MODE })
  if (first === undefined) return
  const last = path.dirname(path.resolve(first))
  for (let made = path.resolve(folder); made !== last; ) {
    made = path.dirname(made)
    await syncFolder(made)
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folder; NTFS keeps the order of such changes in a journal of its own.
  if (process.platform === 'win32') return
  const handle = await fs.open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
