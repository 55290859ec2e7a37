import os from 'node:os'
import path from 'node:path'
import { type Env, readVariable } from '../environment.js'

/** Where a Codex home's path comes from: the caller, `CODEX_HOME`, or the user's own folder. */
export type CodexHomeOrigin = 'argument' | 'environment' | 'default'

/** A home that has a path; whether there is anything at that path is another question. */
export interface LocatedHome {
  readonly origin: CodexHomeOrigin
  /** Absolute. */
  readonly path: string
}

/**
 * Names the home that Codex would use: the path given, else `CODEX_HOME` (an empty one counts as unset, as it
 * does for Codex), else `.codex` in the user's folder. `undefined` when the user has no folder.
 */
export function locateHome(
  given: string | undefined,
  env: Env,
  platform: NodeJS.Platform = process.platform,
): LocatedHome | undefined {
  const { resolve, join } = pathsOf(platform)
  if (given !== undefined) return { origin: 'argument', path: resolve(given) }
  const variable = readVariable(env, 'CODEX_HOME', platform)
  if (variable !== undefined) return { origin: 'environment', path: resolve(variable) }
  const user = readVariable(env, platform === 'win32' ? 'USERPROFILE' : 'HOME', platform) ?? accountFolder()
  return user === undefined ? undefined : { origin: 'default', path: join(resolve(user), '.codex') }
}

/** Whether a path is a folder itself or lies in it. Both are absolute and have no links left. */
export function isWithin(
  folder: string,
  candidate: string,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const { relative, isAbsolute, sep } = pathsOf(platform)
  const way = relative(folder, candidate)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** How many names an absolute path has below its root: 3 for `/home/someone/.codex`. */
export function depthOf(absolute: string, platform: NodeJS.Platform = process.platform): number {
  const { parse, sep } = pathsOf(platform)
  return absolute
    .slice(parse(absolute).root.length)
    .split(sep)
    .filter((name) => name !== '').length
}

/** The last name of a path. */
export function lastNameOf(absolute: string, platform: NodeJS.Platform = process.platform): string {
  return pathsOf(platform).basename(absolute)
}

/** Whether a name stands for one file directly in a folder, on any system. */
export function isPlainName(name: string): boolean {
  // A colon opens an alternate stream or a drive on Windows, which also drops trailing dots and spaces.
  return name !== '' && !/[/\\:\0]/.test(name) && !/^\.{1,2}$/.test(name) && !/[. ]$/.test(name)
}

function pathsOf(platform: NodeJS.Platform): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix
}

function accountFolder(): string | undefined {
  try {
    return os.userInfo().homedir || undefined
  } catch {
    // An account without an entry in the system's list, as in containers that run under a bare number.
    return undefined
  }
}
