import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { RpcError } from '../../../rpc/errors.js'
import { systemErrorText } from '../system-error.js'

/**
 * Keeps file operations inside of some folders. A path is judged by where it leads, all links resolved; what
 * changes between that and the operation itself is not seen.
 */
export class Confinement {
  readonly #roots: readonly string[] | undefined

  /** `roots` are absolute paths; without them everything is inside. */
  constructor(roots: readonly string[] | undefined) {
    this.#roots = roots
  }

  /** Whether anything is outside. */
  get isLimited(): boolean {
    return this.#roots !== undefined
  }

  /** Throws an `RpcError` for a path that leads outside. */
  async check(path: string): Promise<void> {
    if (this.#roots && !(await this.contains(path))) throw outside(path)
  }

  /**
   * Like {@link check} for an operation on the entry itself: a link is judged by where it lies, unless a slash
   * behind it has the system follow it.
   */
  async checkEntry(path: string): Promise<void> {
    if (this.#roots && !(await this.#holds(await realEntryOf(path)))) throw outside(path)
  }

  /** Like {@link checkEntry} for an entry that is to go: a root itself stays. */
  async checkRemoval(path: string): Promise<void> {
    await this.checkEntry(path)
    if (!this.#roots) return
    const entry = await realEntryOf(path)
    for (const root of this.#roots) {
      if (entry === (await realPathOf(root))) throw outside(path)
    }
  }

  /** Whether a path leads inside. */
  async contains(path: string): Promise<boolean> {
    return !this.#roots || this.#holds(await realPathOf(path))
  }

  async #holds(real: string): Promise<boolean> {
    for (const root of this.#roots ?? []) {
      if (isWithin(await realPathOf(root), real)) return true
    }
    return false
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** Where an entry lies, a link not followed. */
async function realEntryOf(path: string): Promise<string> {
  const name = basename(path)
  if (name === '' || path.endsWith(sep)) return realPathOf(path)
  return join(await realPathOf(dirname(path)), name)
}

/** No system but Windows opens a longer path, which would take its time to be resolved part by part. */
export const LONGEST_PATH = process.platform === 'win32' ? 32_767 : 4_096

/** What the system says of a place that nothing can be reached at as it is. */
const UNREACHABLE: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP']

/** Where a path leads, the links of its existing part resolved. A link to nowhere leads outside of everything. */
async function realPathOf(path: string): Promise<string> {
  if (path.length > LONGEST_PATH) throw RpcError.internal(systemErrorText('ENAMETOOLONG'))
  const missing: string[] = []
  for (let existing = path; ; existing = dirname(existing)) {
    try {
      return join(await realpath(existing), ...missing)
    } catch (error) {
      if (!UNREACHABLE.includes((error as NodeJS.ErrnoException).code)) throw error
      const name = basename(existing)
      // A way back out of what is missing could go through a link, once that has been made.
      if (existing === dirname(existing) || name === '..' || (await isLink(existing))) throw outside(path)
      missing.unshift(name)
    }
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    // A slash behind a link would have it followed.
    return (await lstat(join(dirname(path), basename(path)))).isSymbolicLink()
  } catch {
    return false
  }
}

function outside(path: string): RpcError {
  return RpcError.invalidRequest(`path \`${path}\` is outside of the folders that this exec-server serves`)
}
