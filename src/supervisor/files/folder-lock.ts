import { hostname } from 'node:os'
import path from 'node:path'
import { isTemporaryName } from '../../process/codex-home/write-file.js'
import { AppendFile, isAbsence } from './append-file.js'
import { errnoOf, FolderLockedError, PersistenceError } from './errors.js'
import type { FileSystem } from './file-system.js'
import { describeOwnProcess, isHeld, type LockOwner, RELEASE_NOTE, readOwner } from './lock-owner.js'
import { writeBeside } from './replace-file.js'

/** A lock that this process holds. */
export interface FolderLock {
  /** Number of the process that held it before and ended without giving it back. */
  readonly takenOverFrom: number | undefined
  /** Gives the lock back. Never rejects: when it cannot be given back, it is stale once this process has ended. */
  release(): Promise<void>
}

/** More rounds than processes can race for one folder. */
const MAX_ROUNDS = 1_000

/**
 * Takes the lock of a folder: the file `NAME.lock.N` with the highest N, which tells its owner. To take it over
 * from an owner that is gone, or that has given it back, is to link N + 1, which only one can do. The file with
 * the highest number is never removed, so that no number comes twice and nobody can take away a lock that somebody
 * has just taken.
 *
 * Rejects with {@link FolderLockedError} when somebody holds it, and with {@link PersistenceError}.
 */
export async function lockFolder(files: FileSystem, folder: string, name: string): Promise<FolderLock> {
  const prefix = `${name}.lock.`
  const fileOf = (number: number) => path.join(folder, `${prefix}${number}`)
  const temporary = await writeBeside(files, path.join(folder, `${name}.lock`), [
    Buffer.from(await describeOwnProcess()),
  ])
  try {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const newest = Math.max(0, ...(await numbers(files, folder, prefix)))
      const owner = newest === 0 ? undefined : await readLock(files, fileOf(newest))
      if (owner === 'gone') continue
      if (owner !== undefined && (await isHeld(owner))) throw lockedBy(fileOf(newest), owner)
      const own = newest + 1
      if (!(await link(files, temporary, fileOf(own)))) continue
      if (!(await keep(files, folder, name, own))) continue
      const takenOverFrom = owner !== undefined && !owner.isReleased ? owner.pid : undefined
      return { takenOverFrom, release: () => release(files, fileOf(own)) }
    }
    throw new FolderLockedError(fileOf(0), `Too many processes want \`${folder}\``)
  } catch (cause) {
    if (cause instanceof FolderLockedError || cause instanceof PersistenceError) throw cause
    throw new PersistenceError('Cannot lock', folder, { cause, isWritten: false })
  } finally {
    await files.remove(temporary).catch(ignore)
  }
}

/** Makes sure of a lock that was linked; `false` when another was faster, and the number no longer counts. */
async function keep(files: FileSystem, folder: string, name: string, own: number): Promise<boolean> {
  const prefix = `${name}.lock.`
  const file = path.join(folder, `${prefix}${own}`)
  try {
    const others = await numbers(files, folder, prefix)
    if (Math.max(...others) > own) {
      // Somebody took the lock and gave it on since the newest was read.
      await files.remove(file).catch(ignore)
      return false
    }
    for (const other of others) {
      if (other < own) await files.remove(path.join(folder, `${prefix}${other}`)).catch(ignore)
    }
    await sweep(files, folder, `${name}.lock`)
    return true
  } catch (error) {
    await release(files, file)
    throw error
  }
}

async function numbers(files: FileSystem, folder: string, prefix: string): Promise<number[]> {
  const names = await files.list(folder)
  return names.flatMap((entry) => {
    const number = entry.startsWith(prefix) ? entry.slice(prefix.length) : ''
    return /^[1-9]\d{0,14}$/.test(number) ? [Number(number)] : []
  })
}

async function readLock(files: FileSystem, file: string): Promise<LockOwner | 'gone'> {
  const contents = await files.readFile(file).catch((error: unknown) => {
    if (isAbsence(error)) return undefined
    throw error
  })
  if (contents === undefined) return 'gone'
  const owner = readOwner(contents.toString('utf8'))
  if (owner === undefined) {
    throw new FolderLockedError(
      file,
      `\`${file}\` does not tell who holds the lock. Remove it if nobody uses the folder`,
    )
  }
  return owner
}

/** Removes what processes left behind that were killed while they took the lock. */
async function sweep(files: FileSystem, folder: string, name: string): Promise<void> {
  for (const entry of await files.list(folder)) {
    if (!isTemporaryName(entry, name)) continue
    const file = path.join(folder, entry)
    const owner = await readLock(files, file).catch(() => 'gone' as const)
    // One that cannot be read may be in the making.
    if (owner !== 'gone' && !(await isHeld(owner))) await files.remove(file).catch(ignore)
  }
}

async function link(files: FileSystem, from: string, to: string): Promise<boolean> {
  try {
    await files.link(from, to)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

async function release(files: FileSystem, file: string): Promise<void> {
  try {
    const { length } = await files.readFile(file)
    const handle = await AppendFile.open(files, file, length)
    try {
      await handle.append(Buffer.from(RELEASE_NOTE))
    } finally {
      await handle.close()
    }
  } catch {
    // See the interface: whoever comes next finds that this process has ended.
  }
}

function lockedBy(file: string, { pid, host }: LockOwner): FolderLockedError {
  const where = host === hostname() ? '' : ` on the machine \`${host}\``
  const advice = where === '' ? '' : `. Remove \`${file}\` if that machine no longer uses it`
  return new FolderLockedError(
    file,
    `\`${path.dirname(file)}\` is in use by process ${pid}${where}${advice}`,
    { pid, host },
  )
}

function ignore(): void {}
