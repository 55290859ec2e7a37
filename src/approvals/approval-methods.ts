import type { ServerRequestMethod } from '../protocol/index.js'

const APPROVAL_METHODS = [
  'item/commandExecution/requestApproval',
  'item/fileChange/requestApproval',
  'item/permissions/requestApproval',
  'item/tool/requestUserInput',
  'mcpServer/elicitation/request',
] as const satisfies readonly ServerRequestMethod[]

/** Requests that become an `ApprovalRequest`. */
export type ApprovalMethod = (typeof APPROVAL_METHODS)[number]

/** Whether a request of the server is one that a hook is asked about. */
export function isApprovalMethod(method: string): method is ApprovalMethod {
  return (APPROVAL_METHODS as readonly string[]).includes(method)
}
