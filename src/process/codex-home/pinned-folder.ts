import { type BigIntStats, constants } from 'node:fs'
// The default import, so that a test can stand in for single calls.
import fs, { type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { FOLDER_MODE } from '../file-modes.js'
import { CodexHomeError, errnoOf } from './home-error.js'

// Windows opens no folder that way; there the path alone is compared.
const PIN_FLAGS =
  process.platform === 'win32'
    ? undefined
    : constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0)

/** What stays the same about a folder as long as it exists. */
export interface FolderIdentity {
  readonly dev: bigint
  readonly ino: bigint
}

/**
 * A folder that is held open while it is filled, so that another folder or a link that takes its place
 * meanwhile is noticed, and on Linux never written to.
 */
export class PinnedFolder {
  readonly identity: FolderIdentity
  /**
   * The path by which to reach what is in the folder. On Linux it leads through the open descriptor, and thus
   * to this folder whatever happens to its name.
   */
  readonly place: string
  readonly #target: string
  readonly #handle: FileHandle | undefined

  private constructor(
    target: string,
    place: string,
    identity: FolderIdentity,
    handle: FileHandle | undefined,
  ) {
    this.#target = target
    this.place = place
    this.identity = identity
    this.#handle = handle
  }

  /**
   * Opens a folder, never through a link in the last place of its path.
   *
   * Throws {@link CodexHomeError} (`CODEX_HOME_UNSAFE` for a link, `CODEX_HOME_OCCUPIED` for anything else that
   * is no folder) and the system's errors.
   */
  static async open(target: string): Promise<PinnedFolder> {
    const identity = identityOf(await statFolder(target))
    if (PIN_FLAGS === undefined) return new PinnedFolder(target, target, identity, undefined)
    const handle = await fs.open(target, PIN_FLAGS).catch((error: unknown) => {
      throw ['ELOOP', 'EMLINK', 'ENOTDIR'].includes(errnoOf(error) ?? '') ? replaced(target) : error
    })
    try {
      if (!isSame(await handle.stat({ bigint: true }), identity)) throw replaced(target)
      return new PinnedFolder(target, (await placeOf(handle, identity)) ?? target, identity, handle)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /**
   * Throws {@link CodexHomeError} (`CODEX_HOME_UNSAFE`) unless its path, or another that it was moved to, names
   * this folder, and the system's errors when nothing is there.
   */
  async check(target = this.#target): Promise<void> {
    if (!isSame(await fs.lstat(target, { bigint: true }), this.identity)) throw replaced(target)
  }

  /** Takes the folder's mode to that of a Codex home. */
  async restrict(): Promise<void> {
    await this.check()
    if (this.#handle === undefined) await fs.chmod(this.#target, FOLDER_MODE)
    else await this.#handle.chmod(FOLDER_MODE)
  }

  /** Lets the folder go. */
  async close(): Promise<void> {
    await this.#handle?.close()
  }
}

/** Looks at a folder. Throws {@link CodexHomeError} when it is a link or no folder. */
async function statFolder(target: string): Promise<BigIntStats> {
  const stats = await fs.lstat(target, { bigint: true })
  const file = path.basename(target)
  if (stats.isSymbolicLink()) {
    throw new CodexHomeError('CODEX_HOME_UNSAFE', `The Codex home \`${file}\` is a link`, { file })
  }
  if (!stats.isDirectory()) {
    throw new CodexHomeError('CODEX_HOME_OCCUPIED', `The Codex home \`${file}\` is not a folder`, { file })
  }
  return stats
}

/** The path through the descriptor, where the system offers one that leads to the folder. */
async function placeOf(handle: FileHandle, identity: FolderIdentity): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const place = `/proc/self/fd/${handle.fd}`
  const stats = await fs.stat(place, { bigint: true }).catch(() => undefined)
  return stats !== undefined && isSame(stats, identity) ? place : undefined
}

function identityOf({ dev, ino }: FolderIdentity): FolderIdentity {
  return { dev, ino }
}

function isSame(one: FolderIdentity, other: FolderIdentity): boolean {
  return one.dev === other.dev && one.ino === other.ino
}

function replaced(target: string): CodexHomeError {
  const file = path.basename(target)
  return new CodexHomeError(
    'CODEX_HOME_UNSAFE',
    `The Codex home \`${file}\` was replaced while it was filled`,
    {
      file,
    },
  )
}
