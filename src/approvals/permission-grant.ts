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

/** The accesses that a request asks for, in one list, each once. */
export function entriesOf(fileSystem: FileSystem): PermissionEntry[] {
  const listed = (paths: readonly string[] | null | undefined, access: 'read' | 'write') =>
    (paths ?? []).map((path): PermissionEntry => ({ access, path: { type: 'path', path } }))
  const all: readonly PermissionEntry[] = [
    ...(fileSystem.entries ?? []),
    ...listed(fileSystem.read, 'read'),
    ...listed(fileSystem.write, 'write'),
  ]
  const found = new Map<string, PermissionEntry>()
  for (const entry of all) {
    const key = keyOf(entry)
    if (!found.has(key)) found.set(key, entry)
  }
  return [...found.values()]
}

function grantedEntries(
  asked: readonly PermissionEntry[],
  granted: readonly PermissionEntry[],
): PermissionEntry[] {
  const wanted = new Set(asked.map((entry) => keyOf(entry)))
  const allowed = granted.filter((entry) => {
    if (entry.access !== 'read' && entry.access !== 'write') return false
    // Who asks to write may be given to read.
    return wanted.has(keyOf(entry)) || wanted.has(keyOf(entry, 'write'))
  })
  if (allowed.length === 0) return []
  // What denies narrows the rest; an access that this version does not know may widen it, and is left out.
  return [...allowed, ...asked.filter(({ access }) => access === 'deny')]
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

/** The same text for the same access to the same place. */
function keyOf({ path, access: own }: PermissionEntry, access: string = own): string {
  return JSON.stringify([access, path.type, placeOf(path)])
}

/** What tells places of one type apart. Empty members and absent ones mean the same. */
function placeOf(path: PermissionEntry['path']): unknown {
  if (path.type === 'path') return path.path
  if (path.type === 'glob_pattern') return path.pattern
  // A newer Codex may know types of places that have no `value`.
  const members = Object.entries(path.value ?? path).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  return members.sort(([a], [b]) => (a < b ? -1 : 1))
}
