import type { Received, Sent } from '../protocol/index.js'

type Asked = Received.RequestPermissionProfile
type Granted = Sent.GrantedPermissionProfile
type FileSystem = NonNullable<Asked['fileSystem'] | Granted['fileSystem']>

/** One access to one place, asked for or granted. */
export type PermissionEntry = Sent.FileSystemSandboxEntry | Received.FileSystemSandboxEntry

/**
 * The part of a grant that was asked for, in the form in which it was asked. Paths are compared as they are
 * written. Entries that deny access come along with whatever is granted: without them it would be more.
 *
 * @param grant - what the hook allows, or `all`
 */
export function intersectPermissions(asked: Asked, grant: Granted | 'all'): Granted {
  const result: { -readonly [K in keyof Granted]: Granted[K] } = {}
  if (asked.network?.enabled === true && (grant === 'all' || grant.network?.enabled === true)) {
    result.network = { enabled: true }
  }
  const fileSystem = grant === 'all' ? asked.fileSystem : grant.fileSystem
  if (asked.fileSystem && fileSystem) {
    const entries = grantedEntries(entriesOf(asked.fileSystem), entriesOf(fileSystem))
    if (entries.length > 0) result.fileSystem = inFormOf(asked.fileSystem, entries)
  }
  return result
}

/** The accesses that a request asks for, in one list. */
export function entriesOf(fileSystem: FileSystem): PermissionEntry[] {
  const listed = (paths: readonly string[] | null | undefined, access: 'read' | 'write') =>
    (paths ?? []).map((path): PermissionEntry => ({ access, path: { type: 'path', path } }))
  const all: readonly PermissionEntry[] = [
    ...(fileSystem.entries ?? []),
    ...listed(fileSystem.read, 'read'),
    ...listed(fileSystem.write, 'write'),
  ]
  return all.filter((entry, index) => all.findIndex((other) => isSame(entry, other)) === index)
}

function grantedEntries(
  asked: readonly PermissionEntry[],
  granted: readonly PermissionEntry[],
): PermissionEntry[] {
  const allowed = granted.filter(
    (entry) =>
      (entry.access === 'read' || entry.access === 'write') &&
      asked.some((one) => isSamePath(one, entry) && (one.access === entry.access || one.access === 'write')),
  )
  if (allowed.length === 0) return []
  // Whatever is neither reading nor writing narrows the rest, as far as is known.
  return [...allowed, ...asked.filter(({ access }) => access !== 'read' && access !== 'write')]
}

function inFormOf(
  asked: NonNullable<Asked['fileSystem']>,
  entries: readonly PermissionEntry[],
): Granted['fileSystem'] {
  const paths = (access: string) =>
    entries.flatMap((entry) =>
      entry.access === access && entry.path.type === 'path' ? [entry.path.path] : [],
    )
  return {
    // The lists are the older form; servers that know entries send both.
    // What is granted was asked for: members that only Codex knows go back to it.
    ...(asked.entries ? { entries: entries as readonly Sent.FileSystemSandboxEntry[] } : {}),
    ...(asked.read || !asked.entries ? { read: paths('read') } : {}),
    ...(asked.write || !asked.entries ? { write: paths('write') } : {}),
    ...(typeof asked.globScanMaxDepth === 'number' ? { globScanMaxDepth: asked.globScanMaxDepth } : {}),
  }
}

function isSame(a: PermissionEntry, b: PermissionEntry): boolean {
  return a.access === b.access && isSamePath(a, b)
}

function isSamePath(a: PermissionEntry, b: PermissionEntry): boolean {
  return a.path.type === b.path.type && keyOf(a.path) === keyOf(b.path)
}

/** Empty members and absent ones mean the same. */
function keyOf(path: PermissionEntry['path']): string {
  if (path.type === 'path') return path.path
  if (path.type === 'glob_pattern') return path.pattern
  const members = Object.entries(path.value).filter(([, value]) => value !== null && value !== undefined)
  return JSON.stringify(members.sort(([a], [b]) => (a < b ? -1 : 1)))
}
