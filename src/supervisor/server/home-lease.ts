import { hostname } from 'node:os'
import path from 'node:path'
import { lookUpProcess } from '../../process/process-identity.js'
import { OrphanSurvivedError } from '../errors.js'
import { isAbsence } from '../files/append-file.js'
import { PersistenceError } from '../files/errors.js'
import { type FileSystem, nodeFileSystem } from '../files/file-system.js'
import { lockFolder } from '../files/folder-lock.js'
import { replaceFile } from '../files/replace-file.js'
import { endProcess } from './end-process.js'

/** The right to run the server of a Codex home. */
export interface HomeLease {
  /** Number of the server of an earlier host that was found running and ended. */
  readonly endedOrphan: number | undefined
  /** Writes down which process is the server, so that it can be found after a crash. Rejects with `PersistenceError`. */
  note(pid: number): Promise<void>
  /** Gives the home back. Only once the server has ended. Never rejects. */
  release(): Promise<void>
}

/** How a home is leased. */
export interface LeaseHomeOptions {
  /** @default nodeFileSystem */
  readonly files?: FileSystem
  /** Ends what was left. @default endProcess */
  readonly end?: typeof endProcess
  /** Whether the folder is made if there is none, as Codex makes its default one. @default false */
  readonly mayMake?: boolean
}

/** Name of the lock and of the note in a Codex home. */
const NAME = 'conduit-server'

/**
 * Takes a Codex home for the server of this process, and ends the server that a host left behind which had the home
 * before and was killed.
 *
 * Rejects with `FolderLockedError` when another process, or another supervisor of this one, has it;
 * `OrphanSurvivedError` when a server that was left cannot be ended, and `PersistenceError`.
 */
export async function leaseHome(
  home: string,
  { files = nodeFileSystem, end = endProcess, mayMake = false }: LeaseHomeOptions = {},
): Promise<HomeLease> {
  if (mayMake) {
    await files.makeFolder(home).catch((cause: unknown) => {
      throw new PersistenceError('Cannot make', home, { cause, isWritten: false })
    })
  }
  const lock = await lockFolder(files, home, NAME)
  const file = path.join(home, `${NAME}.json`)
  try {
    const left = await readNote(files, file)
    const outcome = left && (await end(left))
    if (left && outcome === 'survived') throw new OrphanSurvivedError(left.pid)
    return {
      endedOrphan: outcome === 'ended' ? left?.pid : undefined,
      async note(pid) {
        const { start } = await lookUpProcess(pid)
        await replaceFile(files, file, [Buffer.from(`${JSON.stringify({ pid, start, host: hostname() })}\n`)])
      },
      async release() {
        await files.remove(file).catch(ignore)
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function readNote(files: FileSystem, file: string) {
  const text = await files.readFile(file).catch((cause: unknown) => {
    if (isAbsence(cause)) return undefined
    throw new PersistenceError('Cannot read', file, { cause, isWritten: false })
  })
  try {
    const note = JSON.parse(text?.toString('utf8') ?? 'null') as Record<string, unknown> | null
    const { pid, start, host } = note ?? {}
    const isOurs = Number.isSafeInteger(pid) && (pid as number) > 1 && host === hostname()
    return isOurs ? { pid: pid as number, start: typeof start === 'string' ? start : undefined } : undefined
  } catch {
    // Nothing is ended on the word of a file that nobody of ours has written.
    return undefined
  }
}

function ignore(): void {}
