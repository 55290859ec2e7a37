import { REDACTED } from '../../redaction/index.js'
import { type FieldMatcher, type FieldPath, showPath } from './field-path.js'

/** One way in which a message that was sent differs from the recorded one. */
export interface Difference {
  /** Where, for example `params.input[0].type`. */
  readonly path: string
  /**
   * - `missing`: recorded, but not sent;
   * - `unexpected`: sent, but not recorded;
   * - `kind`: sent with another kind of value, such as a number for a string, or a list of another length;
   * - `value`: sent with another value, where the value counts.
   */
  readonly difference: 'missing' | 'unexpected' | 'kind' | 'value'
  readonly recorded?: unknown
  readonly sent?: unknown
}

/** What counts when two messages are compared. */
export interface ComparisonRules {
  /** Fields whose values count, and all values below them; of others only their kind does. */
  readonly isExact: FieldMatcher
  /** Fields that do not count, whether they are there or not. */
  readonly isIgnored: FieldMatcher
}

/**
 * How a value that was sent differs in shape from the recorded one: which names it has, how long its lists are,
 * and the kind of each value.
 */
export function compareShapes(recorded: unknown, sent: unknown, rules: ComparisonRules): Difference[] {
  const differences: Difference[] = []
  const compare = (was: unknown, is: unknown, path: FieldPath, isExact: boolean): void => {
    // A secret that was removed may have been of any kind.
    if (was === REDACTED) return
    const kind = kindOf(was)
    const isAlike = kind === kindOf(is) && (!Array.isArray(was) || was.length === (is as unknown[]).length)
    if (!isAlike) {
      differences.push({ path: showPath(path), difference: 'kind', recorded: was, sent: is })
    } else if (kind === 'object' || kind === 'list') {
      compareMembers(was as object, is as object, path, isExact)
    } else if (isExact && was !== is && !(typeof was === 'string' && was.includes(REDACTED))) {
      differences.push({ path: showPath(path), difference: 'value', recorded: was, sent: is })
    }
  }
  const compareMembers = (was: object, is: object, path: FieldPath, isExact: boolean): void => {
    for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
      const inner = [...path, Array.isArray(was) ? Number(name) : name]
      if (rules.isIgnored(inner)) continue
      const before: unknown = Reflect.get(was, name)
      const now: unknown = Reflect.get(is, name)
      if (!Object.hasOwn(is, name)) {
        differences.push({ path: showPath(inner), difference: 'missing', recorded: before })
      } else if (!Object.hasOwn(was, name)) {
        differences.push({ path: showPath(inner), difference: 'unexpected', sent: now })
      } else {
        compare(before, now, inner, isExact || rules.isExact(inner))
      }
    }
  }
  compare(recorded, sent, [], false)
  return differences
}

/** The kind of a JSON value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}
