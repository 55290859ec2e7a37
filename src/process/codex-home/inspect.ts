import { createHash } from 'node:crypto'
// The default import, so that a test can stand in for single calls.
import fs from 'node:fs/promises'
import { AbortedError } from '../../util/errors.js'
import { checkOptions, checkSignal } from '../../util/validate.js'
import { type Env, readVariable } from '../environment.js'
import { checkPath } from './check-path.js'
import { type AuthFileFacts, namesOtherCredentials, readAuthFacts } from './credentials.js'
import { CodexHomeError, errnoOf, isAbsence } from './home-error.js'
import { depthOf, type LocatedHome, lastNameOf, locateHome } from './paths.js'
import { type HomeFile, readHomeFile } from './read-file.js'
import type { CodexHomeFileReport, CodexHomeReport } from './report.js'

/** What `inspectCodexHome` looks at besides the folder. */
export interface InspectCodexHomeOptions {
  /**
   * The environment that Codex is to run with.
   * @default `process.env`
   */
  readonly env?: Env | undefined
  /** Gives up between two steps, with an {@link AbortedError}. */
  readonly signal?: AbortSignal | undefined
}

/** Variables that hold a credential for Codex. */
const CREDENTIAL_VARIABLES = ['CODEX_API_KEY', 'CODEX_ACCESS_TOKEN', 'OPENAI_API_KEY'] as const

type FolderFacts = Pick<
  CodexHomeReport,
  'exists' | 'isFolder' | 'isSymlink' | 'readable' | 'writable' | 'mode' | 'errno'
>

interface FileFacts {
  readonly report: CodexHomeFileReport
  readonly contents?: Buffer
}

const NO_FOLDER: FolderFacts = {
  exists: false,
  isFolder: false,
  isSymlink: false,
  readable: false,
  writable: false,
}
const NO_FILE: FileFacts = { report: { present: false, readable: false } }
const NO_AUTH: AuthFileFacts = { parses: false, kinds: [], hasRefreshToken: false }

/** Does the work of `inspectCodexHome`. */
export async function inspectHome(
  path?: string,
  options: InspectCodexHomeOptions = {},
): Promise<CodexHomeReport> {
  checkPath('path', path)
  checkOptions('options', options)
  checkOptions('env', options.env)
  checkSignal('signal', options.signal)
  const check = () => {
    if (options.signal?.aborted) {
      throw new AbortedError('Inspecting the Codex home', { cause: options.signal.reason })
    }
  }
  check()
  const env = options.env ?? process.env
  const located = locateHome(path, env)
  const folder = located === undefined ? NO_FOLDER : await inspectFolder(located.path)
  check()
  const root = located !== undefined && folder.isFolder ? await realFolder(located.path) : undefined
  const auth = root === undefined ? NO_FILE : await inspectFile(root, 'auth.json')
  check()
  const config = root === undefined ? NO_FILE : await inspectFile(root, 'config.toml')
  check()

  const facts = auth.contents === undefined ? NO_AUTH : readAuthFacts(auth.contents)
  const report = {
    location: located && locationOf(located),
    ...folder,
    files: {
      'auth.json': judgeAuth(auth.report, facts),
      'config.toml': config.report,
    },
    credentials: {
      file: facts.kinds,
      fileParses: facts.parses,
      hasRefreshToken: facts.hasRefreshToken,
      environment: CREDENTIAL_VARIABLES.filter((name) => readVariable(env, name) !== undefined),
      mayLieElsewhere: config.contents !== undefined && namesOtherCredentials(config.contents),
    },
  }
  return { ...report, problems: problemsOf(report) }
}

function locationOf({ origin, path }: LocatedHome): NonNullable<CodexHomeReport['location']> {
  return { origin, basename: lastNameOf(path), depth: depthOf(path) }
}

async function inspectFolder(path: string): Promise<FolderFacts> {
  let isSymlink = false
  try {
    isSymlink = (await fs.lstat(path)).isSymbolicLink()
    const stats = await fs.stat(path)
    return {
      exists: true,
      isFolder: stats.isDirectory(),
      isSymlink,
      readable: await allows(path, fs.constants.R_OK | fs.constants.X_OK),
      writable: await allows(path, fs.constants.W_OK | fs.constants.X_OK),
      ...modeOf(stats.mode),
    }
  } catch (error) {
    const errno = isAbsence(error) ? undefined : (errnoOf(error) ?? 'UNKNOWN')
    return { ...NO_FOLDER, isSymlink, ...(errno === undefined ? {} : { errno }) }
  }
}

async function allows(path: string, mode: number): Promise<boolean> {
  try {
    await fs.access(path, mode)
    return true
  } catch {
    return false
  }
}

async function realFolder(path: string): Promise<string | undefined> {
  try {
    return await fs.realpath(path)
  } catch {
    // Gone since it was looked at: its files are reported as missing.
    return undefined
  }
}

async function inspectFile(folder: string, name: string): Promise<FileFacts> {
  try {
    const file = await readHomeFile(folder, name, false)
    return file === undefined ? NO_FILE : { report: describeFile(file), contents: file.contents }
  } catch (error) {
    if (!(error instanceof CodexHomeError)) throw error
    return { report: { present: true, readable: false, problem: error.message } }
  }
}

function describeFile({ contents, mode, isSymlink, leavesFolder }: HomeFile): CodexHomeFileReport {
  return {
    present: true,
    readable: true,
    isSymlink,
    leavesHome: leavesFolder,
    bytes: contents.length,
    ...modeOf(mode),
    fingerprint: createHash('sha256').update(contents).digest('hex').slice(0, 8),
  }
}

function judgeAuth(report: CodexHomeFileReport, facts: AuthFileFacts): CodexHomeFileReport {
  return report.readable && !facts.parses
    ? { ...report, problem: '`auth.json` is not a JSON object in plain UTF-8' }
    : report
}

function modeOf(mode: number): { mode?: string } {
  // Windows makes these bits up.
  if (process.platform === 'win32') return {}
  return { mode: (mode & 0o7777).toString(8).padStart(4, '0') }
}

function problemsOf(report: Omit<CodexHomeReport, 'problems'>): string[] {
  const { location, files } = report
  const problems: string[] = []
  if (location === undefined) return ['No home is named, and the user has no folder for one']
  if (report.errno !== undefined) problems.push(`The home cannot be looked at (${report.errno})`)
  else if (!report.exists) problems.push('The home does not exist')
  else if (!report.isFolder) problems.push('The home is not a folder')
  else {
    if (!report.readable) problems.push('The home cannot be read by this process')
    if (!report.writable) problems.push('The home cannot be written by this process')
  }
  for (const { problem } of Object.values(files)) {
    if (problem !== undefined) problems.push(problem)
  }
  if (isOpenToOthers(files['auth.json'].mode)) problems.push('`auth.json` can be read by other users')
  return problems
}

function isOpenToOthers(mode: string | undefined): boolean {
  return mode !== undefined && (Number.parseInt(mode, 8) & 0o044) !== 0
}
