import { InvalidInputError } from '../../util/errors.js'
import { checkInteger, checkKnownKeys, checkOptions } from '../../util/validate.js'
import type { FileChangeApprovalRequest } from '../requests.js'
import { sizeOfChanges } from './change-size.js'
import { checkRoots, placeIn } from './roots.js'
import { type ApprovalRule, matchOfParts, type RuleMatch, type RuleVerdict, unrelated } from './rule.js'

/** What a change does to a file; `move` may change its content too. */
export type FileChangeKind = 'add' | 'update' | 'delete' | 'move'

/** Which file changes {@link allowFileChanges} allows. */
export interface FileChangeRuleOptions {
  /** Folders, absolute, in which files may be changed, at any depth. Links are resolved on both sides. */
  readonly within: string | readonly string[]
  /** Endings that the names must have, such as `.ts`, compared exactly. @default any */
  readonly extensions?: readonly string[] | undefined
  /** @default all kinds */
  readonly kinds?: readonly FileChangeKind[] | undefined
  /** Most lines that may be added and removed, over all files. @default no limit */
  readonly maxDiffLines?: number | undefined
  /** Largest diff, in bytes of UTF-8, over all files. @default no limit */
  readonly maxDiffBytes?: number | undefined
  /**
   * Names of files and folders, at any depth below `within`, that never match: what is in them can run code
   * or change what Codex may do. @default DEFAULT_PROTECTED_NAMES
   */
  readonly protect?: readonly string[] | undefined
}

/** What {@link allowFileChanges} protects by default. */
export const DEFAULT_PROTECTED_NAMES: readonly string[] = ['.git', '.codex', '.agents']

const KINDS: readonly FileChangeKind[] = ['add', 'update', 'delete', 'move']
const NO_LIMIT = Number.MAX_SAFE_INTEGER
const OPTIONS: Readonly<Record<keyof FileChangeRuleOptions, true>> = {
  within: true,
  extensions: true,
  kinds: true,
  maxDiffLines: true,
  maxDiffBytes: true,
  protect: true,
}

interface Checked {
  readonly within: readonly string[]
  readonly extensions: readonly string[] | undefined
  readonly kinds: readonly string[]
  readonly maxDiffLines: number
  readonly maxDiffBytes: number
  readonly protect: readonly string[]
}

/**
 * Allows changes of files when every change of the request matches, the destination of a move included. A
 * request whose changes Codex did not announce, or that asks for a whole folder, never matches.
 *
 * Paths are resolved when the request is judged; a link that is swapped before Codex writes is not seen. Hard
 * links are not seen at all. Throws `InvalidInputError` naming the option.
 */
export function allowFileChanges(options: FileChangeRuleOptions): ApprovalRule {
  const checked = check(options)
  return {
    name: `allowFileChanges(${checked.within.join(', ')})`,
    toJSON: () => ({ rule: 'allowFileChanges', options: toData(checked) }),
    evaluate: (request) =>
      request.kind === 'file-change' ? judge(request, checked) : unrelated('file changes'),
  }
}

async function judge(request: FileChangeApprovalRequest, rule: Checked): Promise<RuleVerdict> {
  if (request.grantRoot !== undefined) return { match: 'unsure', reason: 'it asks for a whole folder' }
  if (request.changes.length === 0) return { match: 'unsure', reason: 'its changes are not known' }
  const size = sizeOfChanges(request.changes)
  if (!size) return { match: 'unsure', reason: 'the size of its diff is not known' }
  if (size.lines > rule.maxDiffLines || size.bytes > rule.maxDiffBytes) {
    return { match: 'no', reason: `its diff is too large: ${size.lines} lines, ${size.bytes} bytes` }
  }
  const verdicts = await Promise.all(request.changes.map((change) => judgeChange(change, rule)))
  const match = matchOfParts(verdicts.map((verdict) => verdict.match))
  const objection = verdicts.find((verdict) => verdict.match !== 'yes')
  return { match, reason: objection?.reason ?? 'every change is allowed' }
}

async function judgeChange(
  change: FileChangeApprovalRequest['changes'][number],
  rule: Checked,
): Promise<RuleVerdict> {
  const destination = change.kind?.type === 'update' ? (change.kind.move_path ?? undefined) : undefined
  const kind = destination === undefined ? change.kind?.type : 'move'
  if (!(KINDS as readonly unknown[]).includes(kind)) {
    return { match: 'unsure', reason: 'a change is of an unknown kind' }
  }
  if (!rule.kinds.includes(kind))
    return { match: 'no', reason: `changes of the kind ${kind} are not allowed` }
  const paths = destination === undefined ? [change.path] : [change.path, destination]
  const verdicts = await Promise.all(paths.map((path) => judgePath(path, rule)))
  const objection = verdicts.find((verdict) => verdict.match !== 'yes')
  const match = matchOfParts(verdicts.map((verdict) => verdict.match))
  return { match, reason: objection?.reason ?? 'it is allowed' }
}

async function judgePath(path: unknown, rule: Checked): Promise<RuleVerdict> {
  const { match, reason, below } = await placeIn(rule.within, path)
  if (match !== 'yes') return { match, reason }
  const name = below.at(-1)
  if (name === undefined) return { match: 'unsure', reason: 'it is the allowed folder itself' }
  const guarded = below.find((part) => rule.protect.some((one) => fold(one) === fold(part)))
  if (guarded !== undefined) return { match: 'unsure', reason: `${guarded} is protected` }
  return { match: matchExtension(name, rule.extensions), reason: `the name ${name} has another ending` }
}

function matchExtension(name: string, extensions: readonly string[] | undefined): RuleMatch {
  if (!extensions || extensions.some((ending) => name.endsWith(ending))) return 'yes'
  const folded = fold(name)
  return extensions.some((ending) => folded.endsWith(fold(ending))) ? 'unsure' : 'no'
}

/** Names that only differ by case or by the form of their characters are the same file on some systems. */
function fold(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}

/** What was checked, as options; limits that were not given stay away. */
function toData({ maxDiffLines, maxDiffBytes, ...checked }: Checked): Record<string, unknown> {
  const limits = Object.entries({ maxDiffLines, maxDiffBytes }).filter(([, limit]) => limit !== NO_LIMIT)
  return structuredClone({ ...checked, ...Object.fromEntries(limits) })
}

function check(given: FileChangeRuleOptions): Checked {
  checkOptions('options', given ?? null)
  const options = { ...given }
  checkKnownKeys(options, OPTIONS)
  const { kinds = KINDS } = options
  if (!Array.isArray(kinds) || kinds.length === 0 || !kinds.every((kind) => KINDS.includes(kind))) {
    throw new InvalidInputError('kinds', kinds, `a list of ${KINDS.join(', ')}`)
  }
  return {
    within: checkRoots('within', options.within),
    extensions: options.extensions && checkNames('extensions', options.extensions, /^\.[^/\\]+$/, '`.ts`'),
    kinds: [...kinds],
    maxDiffLines: checkInteger('maxDiffLines', options.maxDiffLines, NO_LIMIT, 0),
    maxDiffBytes: checkInteger('maxDiffBytes', options.maxDiffBytes, NO_LIMIT, 0),
    protect: checkNames('protect', options.protect ?? DEFAULT_PROTECTED_NAMES, /^[^/\\]+$/, '`.git`'),
  }
}

function checkNames(option: string, names: unknown, form: RegExp, example: string): readonly string[] {
  if (!Array.isArray(names) || (option === 'extensions' && names.length === 0)) {
    throw new InvalidInputError(option, names, `a list such as [${example}]`)
  }
  return Array.from(names as readonly unknown[], (name, index) => {
    if (typeof name === 'string' && form.test(name)) return name
    throw new InvalidInputError(`${option}[${index}]`, name, `a text such as ${example}`)
  })
}
