import type { Sent } from '../../protocol/index.js'

/** Sandbox modes by the type of the policy that they make. Other policies have no mode. */
const MODES: ReadonlyMap<unknown, Sent.SandboxMode> = new Map([
  ['readOnly', 'read-only'],
  ['workspaceWrite', 'workspace-write'],
  ['dangerFullAccess', 'danger-full-access'],
])

/** Types of policies, from the narrowest. One that is not known counts as the widest. */
const WIDTHS: readonly unknown[] = ['readOnly', 'workspaceWrite', 'externalSandbox', 'dangerFullAccess']

/** A sandbox policy off the wire, so of any shape. */
interface LoosePolicy {
  readonly type?: unknown
  readonly networkAccess?: unknown
  readonly writableRoots?: unknown
  readonly excludeTmpdirEnvVar?: unknown
  readonly excludeSlashTmp?: unknown
}

/** The mode that makes a policy of this type; `undefined` when none does. */
export function modeOf(policy: unknown): Sent.SandboxMode | undefined {
  return MODES.get(((policy ?? {}) as LoosePolicy).type)
}

/** Whether a sandbox lets Codex do anything that another does not. In doubt it does. */
export function isWiderSandbox(policy: unknown, than: unknown): boolean {
  const [now, before] = [policy ?? {}, than ?? {}] as [LoosePolicy, LoosePolicy]
  const [width, widthBefore] = [widthOf(now), widthOf(before)]
  if (width !== widthBefore) return width > widthBefore
  const isOpened = isOpen(now.networkAccess) && !isOpen(before.networkAccess)
  const isLet = (name: 'excludeTmpdirEnvVar' | 'excludeSlashTmp') =>
    now[name] !== true && before[name] === true
  const roots = new Set(listOf(before.writableRoots))
  const isRooted = listOf(now.writableRoots).some((root) => !roots.has(root))
  return isOpened || isLet('excludeTmpdirEnvVar') || isLet('excludeSlashTmp') || isRooted
}

function widthOf({ type }: LoosePolicy): number {
  const width = WIDTHS.indexOf(type)
  return width === -1 ? WIDTHS.length : width
}

function isOpen(networkAccess: unknown): boolean {
  return networkAccess !== undefined && networkAccess !== false && networkAccess !== 'restricted'
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
