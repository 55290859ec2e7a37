import type { z } from 'zod'
import type { Env } from '../../../process/environment.js'
import type { environmentPolicy } from '../../protocol/process.js'

/** How the environment of a process is made from that of the server. */
export type ProcessEnvironmentPolicy = z.output<typeof environmentPolicy>

const CORE: readonly string[] = [
  ...['HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'LOGNAME', 'PATH', 'SHELL', 'TEMP', 'TMP', 'TMPDIR', 'USER'],
]
const WINDOWS_CORE: readonly string[] = [
  ...['APPDATA', 'COMSPEC', 'HOMEDRIVE', 'HOMEPATH', 'LOCALAPPDATA', 'PATH', 'PATHEXT', 'PROGRAMDATA'],
  ...['PROGRAMFILES', 'SYSTEMDRIVE', 'SYSTEMROOT', 'TEMP', 'TMP', 'USERDOMAIN', 'USERNAME', 'USERPROFILE'],
  'WINDIR',
]
/** Variables that look like secrets: not inherited, unless the policy says so. */
const DEFAULT_EXCLUDES = ['*KEY*', '*SECRET*', '*TOKEN*']

/**
 * Applies a policy to an environment: what is inherited, less what is excluded, with what is set laid over it;
 * then what is not in `includeOnly` goes, when that has patterns. `*` and `?` are wildcards, case is ignored.
 */
export function applyEnvironmentPolicy(
  policy: ProcessEnvironmentPolicy,
  base: Env,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const excluded = matcher([...(policy.ignoreDefaultExcludes ? [] : DEFAULT_EXCLUDES), ...policy.exclude])
  const core = platform === 'win32' ? WINDOWS_CORE : CORE
  const inherits = (name: string) =>
    policy.inherit === 'all' ||
    (policy.inherit === 'core' && core.includes(platform === 'win32' ? name.toUpperCase() : name))
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(base)) {
    if (value !== undefined && inherits(name) && !excluded(name)) env[name] = value
  }
  Object.assign(env, policy.set)
  if (policy.includeOnly.length === 0) return env
  const included = matcher(policy.includeOnly)
  return Object.fromEntries(Object.entries(env).filter(([name]) => included(name)))
}

function matcher(patterns: readonly string[]): (name: string) => boolean {
  const wanted = patterns.map((pattern) => pattern.toLowerCase())
  return (name) => wanted.some((pattern) => matches(pattern, name.toLowerCase()))
}

/** Wildcards without a regular expression: patterns come from the other side, and none may be slow. */
function matches(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p
      resume = t
      p += 1
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p += 1
      t += 1
    } else if (star >= 0) {
      p = star + 1
      resume += 1
      t = resume
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p += 1
  return p === pattern.length
}
