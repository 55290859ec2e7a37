import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { TriedPlace } from './codex-not-found-error.js'
import type { CodexTarget } from './codex-target.js'
import { outsideArchive, whyNotExecutable } from './executable.js'

/** Name of the npm package whose dependencies carry the binary. */
export const CODEX_PACKAGE = '@openai/codex'

/** A search's outcome: the binary, or the places that had none. */
export interface PackageSearch {
  readonly path?: string
  readonly tried: readonly TriedPlace[]
}

/**
 * Looks for the native binary in what is installed around the given folders: in the platform's own package,
 * seen from each folder and from `@openai/codex`, and inside `@openai/codex` as older versions had it.
 */
export function findInPackages(
  folders: readonly string[],
  target: CodexTarget,
  platform: NodeJS.Platform,
): PackageSearch {
  const tried: TriedPlace[] = []
  for (const folder of new Set(folders)) {
    const found = findFrom(folder, target, platform)
    if (found.path !== undefined) return found
    tried.push(...found.tried)
  }
  return { tried: distinct(tried) }
}

/** Looks for the native binary that belongs to one installed copy of `@openai/codex`. */
export function findBehindPackage(
  root: string,
  target: CodexTarget,
  platform: NodeJS.Platform,
): PackageSearch {
  const platformRoot = packageRoot(target.packageName, root)
  // Its own binaries, which older versions carry, match its version; a platform's package may lie further up.
  const roots = platformRoot === undefined ? [root] : [root, platformRoot]
  return firstExecutable(roots, target, platform)
}

function findFrom(folder: string, target: CodexTarget, platform: NodeJS.Platform): PackageSearch {
  const absent = (name: string): TriedPlace => ({
    source: 'package',
    place: `${name} from ${folder}`,
    reason: 'is not installed',
  })
  // The wrapper comes first: its own copy of the platform's package is the one that matches its version.
  const wrapper = packageRoot(CODEX_PACKAGE, folder)
  const behind = wrapper === undefined ? undefined : findBehindPackage(wrapper, target, platform)
  if (behind?.path !== undefined) return behind
  const direct = packageRoot(target.packageName, folder)
  const beside = direct === undefined ? undefined : firstExecutable([direct], target, platform)
  if (beside?.path !== undefined) return beside
  return {
    tried: [
      ...(behind?.tried ?? [absent(CODEX_PACKAGE)]),
      ...(beside?.tried ?? [absent(target.packageName)]),
    ],
  }
}

function firstExecutable(
  roots: readonly string[],
  target: CodexTarget,
  platform: NodeJS.Platform,
): PackageSearch {
  const tried: TriedPlace[] = []
  for (const root of roots) {
    // `bin` is today's layout, `codex` that of older versions.
    for (const folder of ['bin', 'codex']) {
      const place = outsideArchive(path.join(root, 'vendor', target.triple, folder, target.executable))
      const reason = whyNotExecutable(place, platform)
      if (reason === undefined) return { path: place, tried: [] }
      tried.push({ source: 'package', place, reason })
    }
  }
  return { tried }
}

/** Folder of an installed package as seen from another folder. */
function packageRoot(name: string, from: string): string | undefined {
  try {
    // Node's own resolution also knows the layouts of package managers that patch it.
    return path.dirname(createRequire(path.join(from, 'noop.js')).resolve(`${name}/package.json`))
  } catch {
    // Bundlers stub `createRequire`; the folders can still be walked.
    return walkUp(name, from)
  }
}

function walkUp(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const root = path.join(folder, 'node_modules', name)
    if (existsSync(path.join(root, 'package.json'))) return root
    if (path.dirname(folder) === folder) return undefined
  }
}

function distinct(places: readonly TriedPlace[]): readonly TriedPlace[] {
  return [...new Map(places.map((tried) => [`${tried.place}\n${tried.reason}`, tried])).values()]
}
