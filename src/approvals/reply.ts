import type {
  ApprovalDecision,
  ElicitationDecision,
  McpToolDecision,
  PermissionsDecision,
  UserInputDecision,
} from './decisions.js'
import { toolReply } from './mcp-tool-approval.js'
import { intersectPermissions } from './permission-grant.js'
import type { ApprovalRequest, PermissionsApprovalRequest } from './requests.js'

/** A checked decision as Codex reads it: each kind of request has a reply of its own shape. */
export function toReply(request: ApprovalRequest, decision: ApprovalDecision): unknown {
  switch (request.kind) {
    case 'command':
    case 'file-change':
      return { decision }
    case 'permissions':
      return permissionsReply(request, decision as PermissionsDecision)
    case 'mcp-tool':
      return toolReply(request, decision as McpToolDecision)
    case 'elicitation':
      return elicitationReply(decision as ElicitationDecision)
    case 'user-input':
      return userInputReply(decision as UserInputDecision)
  }
}

/** Whether Codex itself interrupts the turn on `cancel`; for other kinds the client has to. */
export function cancelsByItself(request: ApprovalRequest): boolean {
  return request.kind === 'command' || request.kind === 'file-change'
}

function permissionsReply({ permissions }: PermissionsApprovalRequest, decision: PermissionsDecision) {
  if (decision === 'decline' || decision === 'cancel') return { permissions: {}, scope: 'turn' }
  const grant = typeof decision === 'string' ? 'all' : decision.grant
  const scope = typeof decision === 'string' ? (decision === 'accept' ? 'turn' : 'session') : decision.scope
  return { permissions: intersectPermissions(permissions, grant), scope: scope ?? 'turn' }
}

function elicitationReply(decision: ElicitationDecision) {
  return typeof decision === 'string'
    ? { action: decision, content: null, _meta: null }
    : { action: 'accept', content: decision.content ?? null, _meta: null }
}

function userInputReply(decision: UserInputDecision) {
  if (typeof decision === 'string') return { answers: {} }
  const answers = Object.entries(decision.answers).map(([id, given]) => [id, { answers: [given].flat() }])
  return { answers: Object.fromEntries(answers) }
}
