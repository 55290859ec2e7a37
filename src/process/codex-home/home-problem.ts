import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOneOf, checkOptions } from '../../util/validate.js'
import type { CodexHomeReport } from './report.js'

/** What a run needs of its home. */
export interface CodexHomeNeeds {
  /**
   * - `home`: a folder in which Codex can start. Right where a provider needs no credentials, or gets them
   *   from a variable of its own or by a login over the connection.
   * - `credentials`: besides, a credential in it, unless `config.toml` or the environment may bring one.
   * @default 'home'
   */
  readonly needs?: 'home' | 'credentials' | undefined
  /**
   * Variables whose presence counts as a credential. `codex exec` also takes `CODEX_API_KEY`.
   * @default `['CODEX_ACCESS_TOKEN']`
   */
  readonly credentialVariables?: readonly string[] | undefined
}

/** Why a run cannot begin. */
export interface CodexHomeProblem {
  /**
   * - `home-missing`, `home-unusable`: Codex would not start.
   * - `config-unreadable`: Codex would start, with default settings instead of those of the home.
   * - `credentials-missing`, `credentials-unreadable`: requests would be refused.
   */
  readonly kind:
    | 'home-missing'
    | 'home-unusable'
    | 'config-unreadable'
    | 'credentials-missing'
    | 'credentials-unreadable'
  /** One sentence for people, without a value or a whole path. */
  readonly reason: string
}

/** Variables that count as a credential unless others are named. */
export const DEFAULT_CREDENTIAL_VARIABLES: readonly string[] = ['CODEX_ACCESS_TOKEN']

/**
 * Says why a run with this home cannot begin, or nothing when it can. A `.codex` in the user's folder may be
 * missing where no credentials are needed: Codex makes it.
 *
 * Throws {@link InvalidInputError} for wrong options and for what is no report of `inspectCodexHome`.
 */
export function codexHomeProblem(
  report: CodexHomeReport,
  options: CodexHomeNeeds = {},
): CodexHomeProblem | undefined {
  checkReport(report)
  checkOptions('options', options)
  checkKnownKeys(options, { needs: true, credentialVariables: true })
  checkOneOf('needs', options.needs, ['home', 'credentials'])
  const variables: unknown = options.credentialVariables ?? DEFAULT_CREDENTIAL_VARIABLES
  if (!isNameList(variables)) {
    throw new InvalidInputError('credentialVariables', variables, 'a list of names')
  }
  const problem = folderProblem(report) ?? configProblem(report)
  if (problem !== undefined || options.needs !== 'credentials') return problem
  return credentialsProblem(report, variables)
}

/** What is read without a look must be there. */
function checkReport(report: unknown): void {
  const { location, files, credentials } = (report ?? {}) as Partial<CodexHomeReport>
  const isReport =
    (location === undefined || isObject(location)) &&
    isObject(files?.['auth.json']) &&
    isObject(files['config.toml']) &&
    Array.isArray(credentials?.file) &&
    Array.isArray(credentials.environment)
  if (!isReport) throw new InvalidInputError('report', report, 'what `inspectCodexHome` resolves with')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function folderProblem(report: CodexHomeReport): CodexHomeProblem | undefined {
  const { location } = report
  if (location === undefined) {
    return { kind: 'home-missing', reason: 'No Codex home is named, and the user has no folder for one.' }
  }
  const home = `The Codex home \`${location.basename}\``
  if (report.errno !== undefined) {
    return { kind: 'home-unusable', reason: `${home} cannot be looked at (${report.errno}).` }
  }
  if (!report.exists) {
    if (location.origin === 'default' && !report.isSymlink) return undefined
    return { kind: 'home-missing', reason: `${home} does not exist.` }
  }
  const fault = !report.isFolder
    ? 'is not a folder'
    : !report.readable
      ? 'cannot be read'
      : !report.writable
        ? 'cannot be written'
        : undefined
  return fault === undefined ? undefined : { kind: 'home-unusable', reason: `${home} ${fault}.` }
}

function configProblem(report: CodexHomeReport): CodexHomeProblem | undefined {
  const config = report.files['config.toml']
  if (!config.present || config.readable) return undefined
  return { kind: 'config-unreadable', reason: `${config.problem ?? '`config.toml` cannot be read'}.` }
}

function credentialsProblem(
  { credentials, files }: CodexHomeReport,
  variables: readonly string[],
): CodexHomeProblem | undefined {
  if (credentials.file.length > 0 || credentials.mayLieElsewhere) return undefined
  if (credentials.environment.some((name) => variables.includes(name))) return undefined
  const auth = files['auth.json']
  return auth.problem === undefined
    ? {
        kind: 'credentials-missing',
        reason: 'The Codex home holds no credentials: sign in with `codex login`.',
      }
    : { kind: 'credentials-unreadable', reason: `${auth.problem}.` }
}

function isNameList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}
