import { InvalidInputError } from '../util/errors.js'

/** Environment variables, the way `process.env` holds them. */
export type Env = Readonly<Record<string, string | undefined>>

/** What a child process gets to see of the environment. */
export interface EnvironmentPolicy {
  /** Variables laid over what is inherited. `undefined` removes a variable. */
  readonly env?: Env | undefined
  /**
   * What is inherited from the base: everything (`true`), nothing (`false`), or the variables named.
   * @default true
   */
  readonly inheritEnv?: boolean | readonly string[] | undefined
}

/**
 * Builds the complete environment of a child. On Windows names are compared without regard to case, and
 * the name given last decides the spelling.
 *
 * Throws {@link InvalidInputError} naming `env.KEY` (never the value) for a NUL byte, an empty name, `=` in
 * a name, or a value that is not a string.
 */
export function buildEnvironment(
  policy: EnvironmentPolicy = {},
  base: Env = process.env,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const identity = (name: string) => (platform === 'win32' ? name.toUpperCase() : name)
  const result = new Map<string, readonly [name: string, value: string]>()
  const inherits = inheritance(policy.inheritEnv, identity)

  for (const [name, value] of Object.entries(base)) {
    if (value !== undefined && inherits(name)) result.set(identity(name), [name, value])
  }
  for (const [name, value] of Object.entries(overlayOf(policy.env))) {
    checkName(name)
    if (value === undefined) {
      result.delete(identity(name))
      continue
    }
    checkValue(name, value)
    result.set(identity(name), [name, value])
  }
  return Object.fromEntries(result.values())
}

/** Reads one variable; on Windows without regard to the case of its name. An empty value counts as absent. */
export function readVariable(
  env: Env,
  name: string,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (platform !== 'win32') return env[name] || undefined
  const wanted = name.toUpperCase()
  for (const [key, value] of Object.entries(env)) {
    if (value && key.toUpperCase() === wanted) return value
  }
  return undefined
}

function inheritance(
  inheritEnv: EnvironmentPolicy['inheritEnv'],
  identity: (name: string) => string,
): (name: string) => boolean {
  if (inheritEnv === undefined || typeof inheritEnv === 'boolean') return () => inheritEnv !== false
  if (!Array.isArray(inheritEnv)) {
    throw new InvalidInputError('inheritEnv', inheritEnv, 'a boolean or a list of names')
  }
  const names = new Set<string>()
  for (const [index, name] of inheritEnv.entries()) {
    if (typeof name !== 'string') throw new InvalidInputError(`inheritEnv[${index}]`, name, 'a string')
    names.add(identity(name))
  }
  return (name) => names.has(identity(name))
}

function overlayOf(env: unknown): Record<string, unknown> {
  if (env === undefined) return {}
  if (typeof env !== 'object' || env === null || Array.isArray(env)) {
    throw new InvalidInputError('env', env, 'an object of strings')
  }
  return env as Record<string, unknown>
}

function checkName(name: string): void {
  if (name === '' || name.includes('=') || name.includes('\0')) {
    throw new InvalidInputError(optionOf(name), name, 'a name that is not empty and has no `=` or NUL byte')
  }
}

function checkValue(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') {
    throw new InvalidInputError(optionOf(name), value, 'a string, or undefined to remove the variable')
  }
  if (value.includes('\0')) throw new InvalidInputError(optionOf(name), value, 'a string without NUL bytes')
}

function optionOf(name: string): string {
  // `TOKEN=secret` given as a name must not carry its value into a message.
  const key = name.split(/[=\0]/, 1)[0] || '(empty)'
  return `env.${key}`
}
