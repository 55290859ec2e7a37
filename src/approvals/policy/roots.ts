import { isAbsolute } from 'node:path'
import { InvalidInputError } from '../../util/errors.js'
import { pathWithin, resolveReal } from './real-path.js'
import type { RuleMatch } from './rule.js'

/** How a path relates to folders, and its parts below the folder that holds it. */
export interface Placement {
  readonly match: Extract<RuleMatch, 'yes' | 'no' | 'unsure'>
  readonly reason: string
  readonly below: readonly string[]
}

/** Checks a folder or a list of folders, absolute. Throws `InvalidInputError` naming the option. */
export function checkRoots(option: string, given: unknown): readonly string[] {
  const roots: readonly unknown[] = Array.isArray(given) ? Array.from(given as unknown[]) : [given]
  if (roots.length === 0) throw new InvalidInputError(option, given, 'at least one folder')
  return roots.map((root, index) => {
    if (typeof root === 'string' && isAbsolute(root)) return root
    throw new InvalidInputError(
      Array.isArray(given) ? `${option}[${index}]` : option,
      root,
      'an absolute path',
    )
  })
}

/**
 * Whether a path leads into one of some folders, all links resolved. The file system is asked now: what
 * changes between this answer and the use of the path is not seen.
 */
export async function placeIn(roots: readonly string[], path: unknown): Promise<Placement> {
  if (typeof path !== 'string' || path === '') return unsure('a path is missing')
  const real = await resolveReal(path)
  if (real.problem !== undefined) return unsure(real.problem)
  let uncertain: Placement | undefined
  for (const root of roots) {
    const folder = await resolveReal(root)
    if (folder.problem !== undefined) {
      uncertain = unsure(`the allowed folder cannot be resolved: ${folder.problem}`)
      continue
    }
    const below = pathWithin(folder.path, real.path)
    if (below) return { match: 'yes', reason: 'it lies in an allowed folder', below }
  }
  return uncertain ?? { match: 'no', reason: `${path} lies outside of the allowed folders`, below: [] }
}

function unsure(reason: string): Placement {
  return { match: 'unsure', reason, below: [] }
}
