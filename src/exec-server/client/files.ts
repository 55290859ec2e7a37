import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOptions } from '../../util/validate.js'
import type { ExecParams, ExecResult } from '../protocol/index.js'
import type { ConnectionRequestOptions, ExecConnection } from './connection.js'
import { checkMethod } from './dialect.js'
import { checkBoolean } from './exec-options.js'
import { RemoteFile } from './file-handle.js'
import { fromUri, toPlace } from './places.js'
import { readBytes } from './process-input.js'

/** Options that every file operation takes. */
export interface FileOptions {
  /** Gives the operation up; whether it is done is then unknown. */
  readonly signal?: AbortSignal | undefined
  /** How long the answer may take, in milliseconds. @default the client's `requestTimeoutMs` */
  readonly timeoutMs?: number | undefined
  /** What the operation may touch, in the words of the server. @default everything */
  readonly sandbox?: ExecParams<'fs/readFile'>['sandbox']
}

/** Options of `ExecFiles.remove`. Both must be said: what the protocol leaves out deletes a whole tree. */
export interface RemoveOptions extends FileOptions {
  /** Whether a folder goes with everything in it. */
  readonly recursive: boolean
  /** Whether a path that is not there is no error. */
  readonly force: boolean
}

/** How far `ExecFiles.walk` goes. */
export interface WalkOptions extends FileOptions {
  /** How many levels below the folder. @default 32; servers take 64 at most */
  readonly maxDepth?: number | undefined
  /** How many folders. @default 10_000, the most that servers take */
  readonly maxDirectories?: number | undefined
  /** How many entries are returned. @default 50_000, the most that servers take */
  readonly maxEntries?: number | undefined
  /** @default false */
  readonly followDirectorySymlinks?: boolean | undefined
  /** Whether folders whose names begin with a dot are left out. @default false */
  readonly pruneHiddenDirectories?: boolean | undefined
}

const KNOWN: Readonly<Record<keyof FileOptions, true>> = { signal: true, timeoutMs: true, sandbox: true }
const KNOWN_OF_WALK: Readonly<Record<keyof WalkOptions, true>> = {
  ...KNOWN,
  maxDepth: true,
  maxDirectories: true,
  maxEntries: true,
  followDirectorySymlinks: true,
  pruneHiddenDirectories: true,
}

type FileMethod = Extract<keyof ParamsOf, `fs/${string}`>
type ParamsOf = { [M in Parameters<ExecConnection['request']>[0]]: ExecParams<M> }

/**
 * The files of the server's machine. Paths are absolute, or `file:` URIs; results are paths. Every method rejects as
 * `ExecServerClient.request` does, with `InvalidInputError`, and on v0 with an `ExecUnsupportedError`. What is not
 * there is an `RpcError` with `rpcCode` -32004.
 */
export class ExecFiles {
  readonly #connection: ExecConnection
  readonly #watch: (watchId: number) => Promise<void>
  #nextWatchId: number = Date.now()
  #nextHandle = 1

  /** @param watch - makes the promise that the server has told of a watch */
  constructor(connection: ExecConnection, watch: (watchId: number) => Promise<void>) {
    this.#connection = connection
    this.#watch = watch
  }

  /** Reads a whole file. Servers have a limit; see {@link open} for longer files. */
  async readFile(path: string, options: FileOptions = {}): Promise<Buffer> {
    const { dataBase64 } = await this.#on('fs/readFile', path, {}, options)
    return Buffer.from(dataBase64, 'base64')
  }

  /** Writes a whole file, which is made or replaced. */
  async writeFile(path: string, data: string | Uint8Array, options: FileOptions = {}): Promise<void> {
    const dataBase64 = readBytes('data', data).toString('base64')
    await this.#on('fs/writeFile', path, { dataBase64 }, options)
  }

  /** Opens a file to be read, or to be made or emptied and written, in blocks. Close it. */
  async open(
    path: string,
    mode: 'read' | 'replace' = 'read',
    options: FileOptions = {},
  ): Promise<RemoteFile> {
    if (mode !== 'read' && mode !== 'replace') {
      throw new InvalidInputError('mode', mode, "one of 'read', 'replace'")
    }
    const handleId = `file-${this.#nextHandle++}`
    await this.#on('fs/open', path, { handleId, mode }, options)
    return new RemoteFile(this.#connection, handleId)
  }

  /**
   * Makes a folder.
   *
   * @param options.recursive - whether those above it are made too, and one that is there is no error. @default true
   */
  async createDirectory(
    path: string,
    options: FileOptions & { readonly recursive?: boolean } = {},
  ): Promise<void> {
    checkOptions('options', options)
    const { recursive = true, ...rest } = options
    checkBoolean('recursive', recursive)
    await this.#on('fs/createDirectory', path, { recursive }, rest)
  }

  /** What kind of entry a path is, how long, and of when. */
  getMetadata(path: string, options: FileOptions = {}): Promise<ExecResult<'fs/getMetadata'>> {
    return this.#on('fs/getMetadata', path, {}, options)
  }

  /** The path with all links resolved. */
  async canonicalize(path: string, options: FileOptions = {}): Promise<string> {
    return fromUri((await this.#on('fs/canonicalize', path, {}, options)).path)
  }

  /** The entries of a folder. */
  async readDirectory(
    path: string,
    options: FileOptions = {},
  ): Promise<ExecResult<'fs/readDirectory'>['entries']> {
    return (await this.#on('fs/readDirectory', path, {}, options)).entries
  }

  /** The entries of a folder and all below, up to limits; `truncated` tells that there are more. */
  async walk(path: string, options: WalkOptions = {}): Promise<ExecResult<'fs/walk'>> {
    checkOptions('options', options)
    checkKnownKeys(options, KNOWN_OF_WALK)
    const { maxDepth = 32, maxDirectories = 10_000, maxEntries = 50_000, ...others } = options
    const { followDirectorySymlinks = false, pruneHiddenDirectories = false, ...rest } = others
    for (const [name, value] of Object.entries({ maxDepth, maxDirectories, maxEntries })) {
      if (!Number.isSafeInteger(value) || value < 0) {
        throw new InvalidInputError(name, value, 'a whole number from 0')
      }
    }
    checkBoolean('followDirectorySymlinks', followDirectorySymlinks)
    checkBoolean('pruneHiddenDirectories', pruneHiddenDirectories)
    const limits = { maxDepth, maxDirectories, maxEntries, followDirectorySymlinks, pruneHiddenDirectories }
    const result = await this.#on('fs/walk', path, { options: limits }, rest)
    return { ...result, entries: result.entries.map((entry) => ({ ...entry, path: fromUri(entry.path) })) }
  }

  /** Removes a file or folder. `recursive` and `force` have no defaults here. */
  async remove(path: string, options: RemoveOptions): Promise<void> {
    checkOptions('options', options)
    const { recursive, force, ...rest } = options ?? {}
    for (const [name, value] of Object.entries({ recursive, force })) {
      if (typeof value !== 'boolean') throw new InvalidInputError(name, value, 'a boolean, written out')
    }
    await this.#on('fs/remove', path, { recursive, force }, rest)
  }

  /** Copies a file, or with `recursive` a folder and everything in it. */
  async copy(
    source: string,
    destination: string,
    options: FileOptions & { readonly recursive?: boolean } = {},
  ): Promise<void> {
    checkOptions('options', options)
    const { recursive = false, ...rest } = options
    checkBoolean('recursive', recursive)
    this.#check('fs/copy', rest)
    const { version } = this.#connection.greeting
    await this.#connection.request(
      'fs/copy',
      {
        sourcePath: toPlace('source', source, version),
        destinationPath: toPlace('destination', destination, version),
        recursive,
        ...sandboxOf(rest),
      },
      requestOptions(rest),
    )
  }

  /**
   * Watches for paths that are not there to come, and for one that is there to change. A client has one watch: a newer
   * one takes the place of the last. Resolves with whether it is watched, and with a promise that resolves, once, when
   * something has changed or may have: also when the connection was lost or another watch took over.
   */
  async watchMissing(
    missing: readonly string[],
    present?: string,
    options: Omit<FileOptions, 'sandbox'> = {},
  ): Promise<{ readonly watching: boolean; readonly changed: Promise<void> }> {
    this.#check('fs/watchMissing', options, { signal: true, timeoutMs: true })
    if (!Array.isArray(missing)) throw new InvalidInputError('missing', missing, 'a list of paths')
    const { version } = this.#connection.greeting
    const params = {
      watchId: this.#nextWatchId++,
      missing: missing.map((path, index) => toPlace(`missing[${index}]`, path, version)),
      present: present === undefined ? null : toPlace('present', present, version),
    }
    // Before the request: the server may tell before it answers.
    const changed = this.#watch(params.watchId)
    const { watching } = await this.#connection.request('fs/watchMissing', params, requestOptions(options))
    return { watching, changed }
  }

  async #on<M extends FileMethod>(
    method: M,
    path: string,
    more: object,
    options: FileOptions,
  ): Promise<ExecResult<M>> {
    this.#check(method, options)
    const place = toPlace('path', path, this.#connection.greeting.version)
    const params = { path: place, ...more, ...sandboxOf(options) } as ExecParams<M>
    return this.#connection.request(method, params, requestOptions(options))
  }

  /** A mistyped `sandbox` must not pass for none. */
  #check(method: FileMethod, options: FileOptions, known: Readonly<Record<string, true>> = KNOWN): void {
    checkOptions('options', options)
    checkKnownKeys(options, known)
    checkOptions('sandbox', options.sandbox ?? undefined)
    checkMethod(this.#connection.greeting.version, method)
  }
}

function sandboxOf({ sandbox }: FileOptions): { sandbox?: FileOptions['sandbox'] } {
  return sandbox ? { sandbox } : {}
}

function requestOptions({ signal, timeoutMs }: FileOptions): ConnectionRequestOptions {
  return { signal, timeoutMs }
}
