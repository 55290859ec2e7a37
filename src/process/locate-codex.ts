import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkOptions, checkString } from '../util/validate.js'
import { CodexNotFoundError, type CodexSource, type TriedPlace } from './codex-not-found-error.js'
import { codexTarget } from './codex-target.js'
import { type Env, readVariable } from './environment.js'
import { outsideArchive, whyNotExecutable } from './executable.js'
import { packageBehindShim } from './npm-shim.js'
import { findBehindPackage, findInPackages } from './package-binary.js'
import { pathCandidates } from './path-search.js'

/** Environment variable that names the Codex binary. */
export const BINARY_VARIABLE = 'CODEX_CONDUIT_BINARY'

/** Where to look for Codex. */
export interface LocateCodexOptions {
  /** Path of the binary; a relative one starts at `cwd`. Nothing else is tried when it is given. */
  readonly binary?: string | undefined
  /** Environment to read `CODEX_CONDUIT_BINARY` and `PATH` from. @default process.env */
  readonly env?: Env | undefined
  /**
   * Folder at which a relative `binary` starts. When it is given, packages installed around it are looked at
   * too, after all others: name only a folder whose programs you would run.
   * @default process.cwd(), without its packages
   */
  readonly cwd?: string | undefined
}

/** A Codex binary that can be run. */
export interface CodexLocation {
  /** Absolute path of a file the system can run without a shell. */
  readonly path: string
  /** Which of the places it came from. */
  readonly source: CodexSource
}

/** Facts about the machine and this installation. */
export interface LocateContext {
  readonly platform: NodeJS.Platform
  readonly arch: string
  /** Folder of this library, or `undefined` where a bundler has removed it. */
  readonly libraryFolder: string | undefined
  /** Folder of the program that runs, or `undefined` when there is none, as in a console. */
  readonly programFolder?: string | undefined
}

/**
 * Finds the native Codex binary: the path given, then the one in `CODEX_CONDUIT_BINARY`, then that of an
 * `@openai/codex` installed around this library or the running program, then `codex` in `PATH`. The folder that
 * Codex is to work in is no such place: a checkout could bring a program of its own. A path that is given and wrong is an error, never a reason
 * to look elsewhere. Scripts that npm, pnpm or yarn put in front of the binary are resolved to it.
 *
 * Throws {@link CodexNotFoundError}, which lists every place tried, and `InvalidInputError` for a wrong option.
 */
export function locateCodex(options: LocateCodexOptions = {}): CodexLocation {
  return locateCodexOn(thisMachine(), options)
}

/** {@link locateCodex} for a machine of which the caller states the facts. */
export function locateCodexOn(context: LocateContext, options: LocateCodexOptions): CodexLocation {
  checkOptions('options', options)
  checkString('binary', options.binary)
  checkString('cwd', options.cwd)
  checkOptions('env', options.env)
  const cwd = path.resolve(options.cwd ?? '.')
  const env = options.env ?? process.env

  const named = options.binary ?? readVariable(env, BINARY_VARIABLE, context.platform)
  if (named !== undefined) {
    const source = options.binary === undefined ? 'environment' : 'option'
    const found = resolveFile(path.resolve(cwd, named), source, context)
    if (found.path === undefined) throw new CodexNotFoundError(found.tried)
    return { path: found.path, source }
  }
  const inPackages = searchPackages(options.cwd, context)
  if (inPackages.path !== undefined) return { path: inPackages.path, source: 'package' }
  const inPath = searchPath(env, context)
  if (inPath.path !== undefined) return { path: inPath.path, source: 'path' }
  throw new CodexNotFoundError([...inPackages.tried, ...inPath.tried])
}

interface Search {
  readonly path?: string
  readonly tried: readonly TriedPlace[]
}

function searchPackages(cwd: string | undefined, context: LocateContext): Search {
  const { platform, arch, libraryFolder, programFolder } = context
  const target = codexTarget(platform, arch)
  if (target === undefined) {
    const reason = 'has no binary for this platform'
    return { tried: [{ source: 'package', place: `${platform}-${arch}`, reason }] }
  }
  const folders = [libraryFolder, programFolder, cwd === undefined ? undefined : path.resolve(cwd)]
  return findInPackages(
    folders.filter((folder) => folder !== undefined),
    target,
    platform,
  )
}

function searchPath(env: Env, context: LocateContext): Search {
  const tried: TriedPlace[] = []
  const folders = pathCandidates('codex', env, context.platform)
  for (const { folder, candidates } of folders) {
    const failures: TriedPlace[] = []
    for (const candidate of candidates) {
      const found = resolveFile(candidate, 'path', context)
      if (found.path !== undefined) return found
      failures.push(...found.tried.filter(({ reason }) => reason !== 'does not exist'))
    }
    // One line per folder where there is nothing at all, instead of one per extension.
    if (failures.length === 0) tried.push({ source: 'path', place: folder, reason: 'has no codex' })
    tried.push(...failures)
  }
  if (folders.length === 0) tried.push({ source: 'path', place: 'PATH', reason: 'names no absolute folder' })
  return { tried }
}

/** Turns a file that starts Codex into the native binary, or says why it cannot be run. */
function resolveFile(named: string, source: CodexSource, { platform, arch }: LocateContext): Search {
  const file = outsideArchive(named)
  const fail = (reason: string): Search => ({ tried: [{ source, place: file, reason }] })
  const fault = whyNotExecutable(file, platform)
  const target = codexTarget(platform, arch)
  const root = fault === 'does not exist' || target === undefined ? undefined : packageBehindShim(file)
  if (root !== undefined && target !== undefined) {
    const behind = findBehindPackage(root, target, platform)
    return behind.path !== undefined ? behind : { tried: behind.tried.map((tried) => ({ ...tried, source })) }
  }
  if (fault !== undefined) return fail(fault)
  if (platform === 'win32' && !/\.(exe|com)$/i.test(file)) {
    return fail('needs a shell or an interpreter, and no native binary was found behind it')
  }
  return { path: file, tried: [] }
}

function thisMachine(): LocateContext {
  const program = process.argv[1]
  return {
    platform: process.platform,
    arch: process.arch,
    libraryFolder: libraryFolder(),
    programFolder: program === undefined ? undefined : path.dirname(path.resolve(program)),
  }
}

function libraryFolder(): string | undefined {
  try {
    return path.dirname(fileURLToPath(import.meta.url))
  } catch {
    // Bundlers leave no file URL here.
    return undefined
  }
}
