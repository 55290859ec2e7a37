import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, parse, relative, sep } from 'node:path'

/** Where a path leads, or why that is not certain. */
export type RealPath = { readonly path: string; readonly problem?: undefined } | { readonly problem: string }

// Characters that are invisible or reorder text: two names that look alike may differ by them, and some
// file systems ignore them.
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}]/u
// Names that Windows takes for others: streams, trailing dots and blanks, short names.
const WINDOWS_ALIAS = /:|[. ]$|~\d/

/**
 * The place that a path leads to, every symbolic link of its existing part resolved. The rest need not exist.
 * Never throws; a path that is relative, climbs (`..`), or ends in a link to nowhere has no certain place.
 */
export async function resolveReal(path: string): Promise<RealPath> {
  if (!isAbsolute(path)) return { problem: 'the path is not absolute' }
  if (INVISIBLE.test(path)) return { problem: 'the path holds an invisible or malformed character' }
  if (segmentsOf(path).includes('..')) return { problem: 'the path climbs with `..`' }
  const missing: string[] = []
  // Written anew: with a slash behind it, a link to nowhere would pass for a folder that is missing.
  const plain = join(parse(path).root, ...segmentsOf(path))
  for (let existing = plain; ; existing = dirname(existing)) {
    try {
      const real = await realpath(existing)
      const odd = sep === '\\' ? missing.find((name) => WINDOWS_ALIAS.test(name)) : undefined
      if (odd !== undefined) return { problem: 'the path has a name that Windows reads as another' }
      return { path: join(real, ...missing) }
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!isMissing || existing === dirname(existing) || (await exists(existing))) {
        return { problem: 'the path cannot be resolved' }
      }
      missing.unshift(basename(existing))
    }
  }
}

/** The path from a folder to a place inside of it, in its parts; `undefined` when it lies outside. */
export function pathWithin(root: string, path: string): readonly string[] | undefined {
  const way = relative(root, path)
  if (isAbsolute(way)) return undefined
  const parts = segmentsOf(way)
  return parts[0] === '..' ? undefined : parts
}

function segmentsOf(path: string): string[] {
  const rest = path.slice(parse(path).root.length)
  return rest.split(sep === '\\' ? /[\\/]/ : '/').filter((part) => part !== '' && part !== '.')
}

/** Whether something stands there, if only a link to nowhere. What cannot be told counts as there. */
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}
