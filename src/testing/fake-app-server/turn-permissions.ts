import type { ServerRequestAnswer } from './client.js'
import { isMap } from './shapes.js'
import { type ApprovalDecision, ask, type PermissionsApproval } from './turn-approvals.js'
import type { TurnRun } from './turn-run.js'

/** Asks for permissions. A grant is an `accept`, for the session an `acceptForSession`; anything else declines. */
export async function askForPermissions(run: TurnRun, asked: PermissionsApproval): Promise<ApprovalDecision> {
  const { thread, server } = run
  if (thread.settings.approvalPolicy === 'never') return 'decline'
  const { network = null, fileSystem = null } = asked.permissions
  const permissions = { network, fileSystem }
  thread.setStatus({ type: 'active', activeFlags: ['waitingOnApproval'] })
  const answer = await ask(run, 'item/permissions/requestApproval', {
    ...run.address,
    itemId: server.ids.item('call'),
    environmentId: 'local',
    startedAtMs: Date.now(),
    cwd: thread.settings.cwd,
    reason: asked.reason ?? null,
    permissions,
  })
  thread.setStatus({ type: 'active', activeFlags: [] })
  return readGrant(answer, permissions)
}

function readGrant(answer: ServerRequestAnswer, asked: unknown): ApprovalDecision {
  const result = 'result' in answer && isMap(answer.result) ? answer.result : {}
  const { permissions, scope } = result
  // Codex drops the whole of a grant that holds more than it asked for.
  if (!grantsAnything(permissions) || !isWithin(permissions, asked)) return 'decline'
  return scope === 'session' ? 'acceptForSession' : 'accept'
}

function grantsAnything(granted: unknown): boolean {
  if (Array.isArray(granted)) return granted.length > 0
  if (isMap(granted)) return Object.values(granted).some(grantsAnything)
  return granted !== undefined && granted !== null && granted !== false
}

function isWithin(granted: unknown, asked: unknown): boolean {
  if (!grantsAnything(granted)) return true
  if (Array.isArray(granted)) {
    const known = new Set((Array.isArray(asked) ? asked : []).map((one) => JSON.stringify(one)))
    return granted.every((one) => known.has(JSON.stringify(one)))
  }
  if (isMap(granted)) {
    return isMap(asked) && Object.entries(granted).every(([name, one]) => isWithin(one, asked[name]))
  }
  return granted === asked
}
