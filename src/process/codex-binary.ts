import { buildEnvironment, type EnvironmentPolicy } from './environment.js'
import { locateCodex } from './locate-codex.js'

/**
 * Finds the Codex binary in the environment that the child will have. The working folder is not looked at: a
 * checkout could bring a program of its own. Throws `CodexNotFoundError`, and `InvalidInputError` for a wrong
 * environment.
 */
export function codexBinary(binary: string | undefined, { env, inheritEnv }: EnvironmentPolicy): string {
  return locateCodex({ env: buildEnvironment({ env, inheritEnv }), binary }).path
}
