// The default import, so that a test can stand in for single calls.
import fs from 'node:fs/promises'
import path from 'node:path'
import { AbortedError, InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOptions, checkSignal } from '../../util/validate.js'
import { checkPath } from './check-path.js'
import { readAuthFacts } from './credentials.js'
import { CodexHomeError, errnoOf, isAbsence } from './home-error.js'
import { isPlainName, isWithin, locateHome } from './paths.js'
import { readHomeFile } from './read-file.js'
import { removeHome } from './remove.js'
import { fillTarget, type HomeContents, MARKER } from './target.js'

/** The files that are copied into a Codex home unless others are named. */
const DEFAULT_HOME_FILES: readonly string[] = ['auth.json', 'config.toml']

/** What `prepareCodexHome` makes, and from what. */
export interface PrepareCodexHomeOptions {
  /**
   * Folder that files are copied from; a link to a folder will do.
   * @default `CODEX_HOME`, else `.codex` in the user's folder
   */
  readonly from?: string | undefined
  /**
   * Folder that becomes the home. It does not exist (folders above it are made as needed, with mode 0700), is
   * empty, or was made by an earlier call. Codex makes no helper programs in a home under the system's
   * temporary folder.
   */
  readonly to: string
  /**
   * Names of the files to copy, each directly in `from`. Missing ones are no error.
   * @default `['auth.json', 'config.toml']`
   */
  readonly files?: readonly string[] | undefined
  /** Gives up between two steps, with an {@link AbortedError}. */
  readonly signal?: AbortSignal | undefined
}

/** A Codex home that is ready for use. */
export interface PreparedCodexHome extends AsyncDisposable {
  /** The home, absolute and without links: the value for `CODEX_HOME`. */
  readonly path: string
  /** Whether the folder was made by this call, and goes away with {@link dispose}. */
  readonly created: boolean
  /** Names of the files that were copied, in the order asked for. */
  readonly copied: readonly string[]
  /** Names of the files that the source does not have. A copy that an earlier call made stays in place. */
  readonly missing: readonly string[]
  /**
   * Whether source and copy now hold the same refresh token. A refresh by one of the two can sign out the
   * other: prefer an API key where several homes are in use at a time.
   */
  readonly sharesRefreshToken: boolean
  /**
   * Removes the home with everything in it, if it was made by this call and is still the same folder; does
   * nothing otherwise. End the Codex that uses it first. Can be called again, also after it failed.
   *
   * Rejects with a {@link CodexHomeError} (`CODEX_HOME_UNWRITABLE`).
   */
  dispose(): Promise<void>
}

/** Does the work of `prepareCodexHome`. */
export async function prepareHome(options: PrepareCodexHomeOptions): Promise<PreparedCodexHome> {
  const names = checkPrepareOptions(options)
  const check = () => {
    if (options.signal?.aborted) {
      throw new AbortedError('Preparing the Codex home', { cause: options.signal.reason })
    }
  }
  check()
  const source = await resolveSource(options.from)
  const target = await resolveAhead(path.resolve(options.to))
  if (isWithin(source, target) || isWithin(target, source)) {
    throw new InvalidInputError('to', options.to, 'a folder apart from `from`, neither in it nor around it')
  }

  const contents = await readAll(source, names, check)
  const { created, identity } = await fillTarget(target, contents, check)
  const auth = contents.get('auth.json')
  const dispose = async () => {
    if (created) await removeHome(target, identity)
  }
  return {
    path: target,
    created,
    copied: [...contents.keys()],
    missing: names.filter((name) => !contents.has(name)),
    sharesRefreshToken: auth !== undefined && readAuthFacts(auth).hasRefreshToken,
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}

/** Reads everything before anything is written: what cannot be copied leaves no trace. */
async function readAll(source: string, names: readonly string[], check: () => void): Promise<HomeContents> {
  const contents = new Map<string, Uint8Array>()
  for (const name of names) {
    check()
    const file = await readHomeFile(source, name, true)
    if (file !== undefined) contents.set(name, file.contents)
  }
  return contents
}

async function resolveSource(from: string | undefined): Promise<string> {
  const located = locateHome(from, process.env)
  if (located === undefined) {
    throw new CodexHomeError('CODEX_HOME_UNREADABLE', 'There is no Codex home to copy from: name one')
  }
  const file = path.basename(located.path)
  const fail = (problem: string, error?: unknown) =>
    new CodexHomeError('CODEX_HOME_UNREADABLE', `The source folder \`${file}\` ${problem}`, { file, error })
  try {
    const real = await fs.realpath(located.path)
    if ((await fs.stat(real)).isDirectory()) return real
  } catch (error) {
    throw fail(isAbsence(error) ? 'does not exist' : 'cannot be resolved', error)
  }
  throw fail('is not a folder')
}

/** Removes the links from the part of a path that exists, but not one in its last place. */
async function resolveAhead(absolute: string): Promise<string> {
  const parent = path.dirname(absolute)
  if (parent === absolute) return absolute
  return path.join(await resolveExisting(parent), path.basename(absolute))
}

async function resolveExisting(absolute: string): Promise<string> {
  try {
    return await fs.realpath(absolute)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && path.dirname(absolute) !== absolute) return resolveAhead(absolute)
    const file = path.basename(absolute)
    throw new CodexHomeError('CODEX_HOME_UNWRITABLE', `The folder \`${file}\` cannot be resolved`, {
      file,
      error,
    })
  }
}

function checkPrepareOptions(options: PrepareCodexHomeOptions): readonly string[] {
  if (options === undefined) throw new InvalidInputError('options', options, 'an object')
  checkOptions('options', options)
  checkKnownKeys(options, { from: true, to: true, files: true, signal: true })
  checkPath('from', options.from)
  if (options.to === undefined) throw new InvalidInputError('to', options.to, 'a path')
  checkPath('to', options.to)
  checkSignal('signal', options.signal)
  const files: unknown = options.files
  if (files === undefined) return DEFAULT_HOME_FILES
  if (!Array.isArray(files)) throw new InvalidInputError('files', files, 'a list of file names')
  for (const [index, name] of files.entries()) {
    if (typeof name !== 'string' || !isPlainName(name) || name === MARKER) {
      throw new InvalidInputError(`files[${index}]`, name, 'the name of a file, without a folder')
    }
  }
  return [...new Set(files as readonly string[])]
}
