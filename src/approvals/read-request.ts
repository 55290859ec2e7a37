import type { Received, ServerRequestParams } from '../protocol/index.js'
import type { ApprovalRequest, CommandDecision } from './requests.js'

/** Requests that become an {@link ApprovalRequest}. */
export type ApprovalMethod = 'item/commandExecution/requestApproval' | 'item/fileChange/requestApproval'

/** Whether a request of the server is an approval that a hook is asked about. */
export function isApprovalMethod(method: string): method is ApprovalMethod {
  return method === 'item/commandExecution/requestApproval' || method === 'item/fileChange/requestApproval'
}

/**
 * Reads an approval request off the wire, or returns `undefined` when it lacks what a decision needs.
 *
 * @param changesOf - finds the changes of a file change item, which the request itself does not carry
 */
export async function readApprovalRequest(
  method: ApprovalMethod,
  params: unknown,
  changesOf: (threadId: string, itemId: string) => readonly Received.FileUpdateChange[] | undefined,
): Promise<ApprovalRequest | undefined> {
  const schemas = await import('./schemas.js')
  if (method === 'item/commandExecution/requestApproval') {
    const parsed = schemas.commandRequest.safeParse(params)
    if (!parsed.success) return undefined
    const { threadId, turnId, itemId, reason, startedAtMs, command, cwd, availableDecisions } = parsed.data
    return {
      kind: 'command',
      threadId,
      turnId,
      itemId,
      reason,
      startedAtMs,
      command,
      cwd,
      availableDecisions: availableDecisions as readonly CommandDecision[] | undefined,
      params: params as ServerRequestParams<typeof method>,
    }
  }
  const parsed = schemas.fileChangeRequest.safeParse(params)
  if (!parsed.success) return undefined
  const { threadId, turnId, itemId, reason, startedAtMs, grantRoot } = parsed.data
  return {
    kind: 'file-change',
    threadId,
    turnId,
    itemId,
    reason,
    startedAtMs,
    grantRoot,
    changes: changesOf(threadId, itemId) ?? [],
    params: params as ServerRequestParams<typeof method>,
  }
}
