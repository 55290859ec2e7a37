import type { Sent } from '../../protocol/index.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOptions } from '../../util/validate.js'
import { entriesOf, type PermissionEntry } from '../permission-grant.js'
import type { PermissionsApprovalRequest } from '../requests.js'
import { checkRoots, placeIn } from './roots.js'
import { type ApprovalRule, matchOfParts, type RuleMatch, type RuleVerdict, unrelated } from './rule.js'

/** Which permissions {@link allowPermissions} allows. */
export interface PermissionRuleOptions {
  /** Whether the network may be used. @default false */
  readonly network?: boolean | undefined
  /** Folders, absolute, that may be read. @default those of `write` only */
  readonly read?: string | readonly string[] | undefined
  /** Folders, absolute, that may be written and read. @default none */
  readonly write?: string | readonly string[] | undefined
  /**
   * Whether a request of which only a part is allowed is granted that part. Otherwise it does not match.
   * @default false
   */
  readonly partial?: boolean | undefined
}

const OPTIONS: Readonly<Record<keyof PermissionRuleOptions, true>> = {
  network: true,
  read: true,
  write: true,
  partial: true,
}
const NO_FOLDERS: readonly string[] = []

/** One thing that a request asks for. */
interface Part {
  readonly match: RuleMatch
  readonly entry: PermissionEntry | 'network'
}

/**
 * Grants permissions for the turn when everything that is asked for is allowed. Only absolute paths can be;
 * patterns and special places never are. Links are resolved. Throws `InvalidInputError` naming the option.
 */
export function allowPermissions(options: PermissionRuleOptions): ApprovalRule {
  const rule = check(options)
  return {
    name: `allowPermissions(${describe(rule)})`,
    toJSON: () => ({ rule: 'allowPermissions', options: toData(rule) }),
    evaluate: (request) => (request.kind === 'permissions' ? judge(request, rule) : unrelated('permissions')),
  }
}

async function judge(
  { permissions }: PermissionsApprovalRequest,
  rule: ReturnType<typeof check>,
): Promise<RuleVerdict> {
  const asked = Object.entries(permissions).filter(([, value]) => value !== null && value !== undefined)
  const hasUnknown = asked.some(([name]) => name !== 'network' && name !== 'fileSystem')
  const parts = await partsOf(permissions, rule)
  const match = hasUnknown ? 'unsure' : matchOfParts(parts.map((part) => part.match))
  const allowed = parts.filter((part) => part.match === 'yes').map((part) => part.entry)
  if (match !== 'yes' && !(rule.partial && allowed.length > 0)) {
    return { match, reason: hasUnknown ? 'it asks for something unknown' : 'not all of it is allowed' }
  }
  const entries = allowed.filter((entry) => entry !== 'network') as readonly Sent.FileSystemSandboxEntry[]
  return {
    match: 'yes',
    reason: match === 'yes' ? 'all of it is allowed' : 'a part of it is allowed',
    decision: {
      grant: {
        ...(allowed.includes('network') ? { network: { enabled: true } } : {}),
        ...(entries.length > 0 ? { fileSystem: { entries } } : {}),
      },
    },
  }
}

async function partsOf(
  { network, fileSystem }: PermissionsApprovalRequest['permissions'],
  rule: ReturnType<typeof check>,
): Promise<readonly Part[]> {
  const ofNetwork: readonly Part[] = network?.enabled
    ? [{ match: rule.network ? 'yes' : 'no', entry: 'network' }]
    : []
  // Entries that deny come along with any grant, and need no leave.
  const entries = (fileSystem ? entriesOf(fileSystem) : []).filter(({ access }) => access !== 'deny')
  const ofFiles = entries.map(async (entry): Promise<Part> => {
    const { access, path } = entry
    if (path.type !== 'path' || (access !== 'read' && access !== 'write')) return { match: 'unsure', entry }
    const roots = access === 'write' ? rule.write : [...rule.read, ...rule.write]
    return { match: (await placeIn(roots, path.path)).match, entry }
  })
  return [...ofNetwork, ...(await Promise.all(ofFiles))]
}

function check(given: PermissionRuleOptions) {
  checkOptions('options', given ?? null)
  const options = { ...given }
  checkKnownKeys(options, OPTIONS)
  for (const name of ['network', 'partial'] as const) {
    const value: unknown = options[name]
    if (value !== undefined && typeof value !== 'boolean')
      throw new InvalidInputError(name, value, 'a boolean')
  }
  const { read, write, network = false, partial = false } = options
  return {
    network,
    partial,
    read: read === undefined ? NO_FOLDERS : checkRoots('read', read),
    write: write === undefined ? NO_FOLDERS : checkRoots('write', write),
  }
}

function toData({ network, partial, read, write }: ReturnType<typeof check>) {
  return {
    network,
    partial,
    // Without folders the options are absent: an empty list is none.
    ...(read.length > 0 ? { read: [...read] } : {}),
    ...(write.length > 0 ? { write: [...write] } : {}),
  }
}

function describe(rule: ReturnType<typeof check>): string {
  return [
    ...(rule.network ? ['network'] : []),
    ...rule.read.map((path) => `read ${path}`),
    ...rule.write.map((path) => `write ${path}`),
  ].join(', ')
}
