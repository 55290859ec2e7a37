import { type FSWatcher, watch } from 'node:fs'
import { lstat, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RpcError } from '../../../rpc/errors.js'

const MAX_PATHS = 1_024

/** Throws an `RpcError` for more paths than can be watched, to be called before anything is done for each. */
export function checkPathCount(count: number): void {
  if (count > MAX_PATHS) throw RpcError.invalidRequest(`at most ${MAX_PATHS} paths can be watched`)
}

/** What a client wants to be told of, once. */
export interface MissingRequest {
  /** Must grow from request to request; an older one is ignored. */
  readonly watchId: number
  /** Paths that are not there: the watch fires when one comes, or a folder on the way to it. */
  readonly missing: readonly string[]
  /** A path that is there: the watch fires when it changes or goes. */
  readonly present: string | undefined
}

/** A folder that is looked at, and what was found there when the watch began. */
interface Lookout {
  readonly folder: string
  readonly path: string
  readonly mark: string
}

/** The one watch of a connection. A newer one replaces it. */
export class MissingWatch {
  readonly #fire: (watchId: number) => void
  #lastId = -1
  #watchers: FSWatcher[] = []
  #isEnded = false

  constructor(fire: (watchId: number) => void) {
    this.#fire = fire
  }

  /** Begins to watch. Resolves with whether there is something to watch for. */
  async watch({ watchId, missing, present }: MissingRequest): Promise<boolean> {
    if (watchId <= this.#lastId) return false
    this.#lastId = watchId
    this.#stop()
    const lookouts = await lookoutsFor(missing, present)
    if (!lookouts || this.#isEnded || watchId !== this.#lastId) return false
    return this.#begin(watchId, lookouts)
  }

  /** Stops for good. */
  end(): void {
    this.#isEnded = true
    this.#stop()
  }

  async #begin(watchId: number, lookouts: readonly Lookout[]): Promise<boolean> {
    const check = checker(lookouts, () => {
      if (this.#lastId !== watchId || this.#watchers.length === 0) return
      this.#stop()
      this.#fire(watchId)
    })
    try {
      for (const folder of new Set(lookouts.map((one) => one.folder))) {
        this.#watchers.push(watch(folder, { persistent: false }, check).on('error', check))
      }
    } catch {
      // The system watches no more folders: the client is told to look by itself.
      this.#stop()
      return false
    }
    // Something may have come before the watchers did.
    check()
    return true
  }

  #stop(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close()
  }
}

/** Compares what is there with what was, now and again when it is called meanwhile; a difference fires. */
function checker(lookouts: readonly Lookout[], fire: () => void): () => void {
  let isRunning = false
  let isAskedAgain = false
  const run = async () => {
    isRunning = true
    do {
      isAskedAgain = false
      const marks = await Promise.all(lookouts.map(({ path }) => markOf(path)))
      if (marks.some((mark, index) => mark !== lookouts[index]?.mark)) {
        fire()
        return
      }
    } while (isAskedAgain)
    isRunning = false
  }
  return () => {
    isAskedAgain = true
    if (!isRunning) void run()
  }
}

/** Where to look; nothing when a missing path is there, the present one is not, or nothing is missing. */
async function lookoutsFor(
  missing: readonly string[],
  present: string | undefined,
): Promise<readonly Lookout[] | undefined> {
  if (missing.length === 0) return undefined
  const lookouts: Lookout[] = []
  for (const path of missing) {
    if ((await markOf(path)) !== ABSENT) return undefined
    lookouts.push(await lookoutFor(path))
  }
  if (present === undefined) return lookouts
  const mark = await markOf(present)
  if (mark === ABSENT) return undefined
  return [...lookouts, { folder: dirname(present), path: present, mark }]
}

/** The nearest folder that is there on the way to a path, and what is missing in it. */
async function lookoutFor(path: string): Promise<Lookout> {
  const folder = dirname(path)
  const isThere = folder === path || (await stat(folder).catch(() => undefined))?.isDirectory() === true
  return isThere ? { folder, path, mark: await markOf(path) } : lookoutFor(folder)
}

const ABSENT = ''

/** Changes with whatever happens to an entry. */
async function markOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs, mode } = await lstat(path)
    return `${ino} ${size} ${mtimeMs} ${ctimeMs} ${mode}`
  } catch {
    return ABSENT
  }
}
