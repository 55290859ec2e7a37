import { redact } from '../../redaction/index.js'
import { classifyName } from '../../redaction/names.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkOptions } from '../../util/validate.js'
import type { Env } from '../environment.js'
import { readVariable } from '../environment.js'

/** What {@link describeEnvironment} tells besides the variables that matter to Codex. */
export interface DescribeEnvironmentOptions {
  /** Further variables to tell about, by name. One that is absent is listed as such. */
  readonly names?: readonly string[] | undefined
}

/** One variable, without its value. */
export interface EnvironmentVariableFacts {
  readonly name: string
  readonly present: boolean
  /** Whether it is set to nothing, which most programs take for absent. */
  readonly empty: boolean
  /** Whether the name says that the value is a secret, or the value has a secret in it. */
  readonly looksSecret: boolean
}

/** Which variables there are, without any value. Plain data: it can be logged and sent on. */
export interface EnvironmentReport {
  /** The variables that matter to Codex and are present, and those asked for; ordered by name. */
  readonly variables: readonly EnvironmentVariableFacts[]
  /** How many variables the whole environment has. */
  readonly total: number
  /** How many of the listed variables look secret. */
  readonly secrets: number
  /** How many folders `PATH` names. */
  readonly pathEntries: number
}

const RELEVANT =
  /^(?:CODEX_[A-Z0-9_]+|OPENAI_[A-Z0-9_]+|(?:[A-Z0-9]+_)*PROXY|SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS|NODE_OPTIONS|RUST_(?:LOG|BACKTRACE)|HOME|USERPROFILE|PATH|PATHEXT|SHELL|COMSPEC|TERM|NO_COLOR|LANG|LC_ALL|TMPDIR|TEMP|TMP|CI)$/i

/**
 * Summarises an environment: which of the variables that matter to Codex are present, never a value or the
 * length of one. On Windows names are compared without regard to case.
 *
 * Throws {@link InvalidInputError} for wrong arguments.
 */
export function describeEnvironment(
  env: Env = process.env,
  options: DescribeEnvironmentOptions = {},
  platform: NodeJS.Platform = process.platform,
): EnvironmentReport {
  checkOptions('env', env)
  checkOptions('options', options)
  const asked = checkNames(options.names)
  const identity = (name: string) => (platform === 'win32' ? name.toUpperCase() : name)
  const wanted = new Set(asked.map(identity))
  const present = Object.entries(env).filter(([, value]) => typeof value === 'string')

  const variables = new Map<string, EnvironmentVariableFacts>()
  for (const name of asked) {
    const looksSecret = classifyName(name) !== 'none'
    variables.set(identity(name), { name, present: false, empty: false, looksSecret })
  }
  for (const [name, value] of present) {
    if (wanted.has(identity(name)) || RELEVANT.test(name)) {
      variables.set(identity(name), describe(name, value ?? ''))
    }
  }
  const listed = [...variables.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    variables: listed,
    total: present.length,
    secrets: listed.filter(({ looksSecret }) => looksSecret).length,
    pathEntries: countPathEntries(env, platform),
  }
}

function describe(name: string, value: string): EnvironmentVariableFacts {
  const looksSecret = classifyName(name) !== 'none' || redact(value) !== value
  return { name, present: true, empty: value === '', looksSecret }
}

function countPathEntries(env: Env, platform: NodeJS.Platform): number {
  const separator = platform === 'win32' ? ';' : ':'
  const entries = (readVariable(env, 'PATH', platform) ?? '').split(separator)
  return entries.filter((entry) => entry !== '').length
}

function checkNames(names: unknown): readonly string[] {
  if (names === undefined) return []
  if (!Array.isArray(names)) throw new InvalidInputError('names', names, 'a list of names')
  for (const [index, name] of names.entries()) {
    // `TOKEN=secret` given as a name must not carry its value into the report.
    if (typeof name !== 'string' || name === '' || /[=\0]/.test(name)) {
      throw new InvalidInputError(
        `names[${index}]`,
        name,
        'a name that is not empty and has no `=` or NUL byte',
      )
    }
  }
  return names as readonly string[]
}
