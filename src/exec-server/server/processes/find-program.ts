import { resolve } from 'node:path'
import { whyNotExecutable } from '../../../process/executable.js'
import { pathCandidates } from '../../../process/path-search.js'
import { checkBeforeSpawn } from '../../../process/spawn-check.js'
import { RpcError } from '../../../rpc/errors.js'
import { systemErrorText } from '../system-error.js'
import type { Command } from './child.js'

/** Where a program is looked for when its environment has no `PATH`, as the C library does. */
const FALLBACK_PATH = '/usr/bin:/bin'

/**
 * The file that a command would run, for starters that do not tell when there is none. Throws an `RpcError`
 * with the system's words when the program or the working folder is at fault.
 */
export function findProgram({ argv, cwd, env }: Command): string {
  const [program] = argv
  const file = hasFolder(program) ? resolve(cwd, program) : searchPath(program, env)
  const fault = checkBeforeSpawn(file ?? program, cwd)
  if (fault !== undefined) throw refusal(fault.errno)
  if (file === undefined) throw refusal('ENOENT')
  const problem = whyNotExecutable(file)
  if (problem === undefined) return file
  throw refusal(problem === 'does not exist' ? 'ENOENT' : 'EACCES')
}

function searchPath(program: string, env: Command['env']): string | undefined {
  if (program === '') return undefined
  const withPath = env.PATH || process.platform === 'win32' ? env : { ...env, PATH: FALLBACK_PATH }
  for (const { candidates } of pathCandidates(program, withPath, process.platform)) {
    const file = candidates.find((candidate) => whyNotExecutable(candidate) === undefined)
    if (file !== undefined) return file
  }
  return undefined
}

function hasFolder(program: string): boolean {
  return program.includes('/') || (process.platform === 'win32' && program.includes('\\'))
}

function refusal(errno: string): RpcError {
  return RpcError.internal(systemErrorText(errno))
}
