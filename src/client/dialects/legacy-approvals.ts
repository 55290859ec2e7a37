import type { ApprovalMethod } from '../../approvals/index.js'
import type { Received } from '../../protocol/index.js'
import { type Fields, fieldsOf, listOf, textOf } from './fields.js'
import { commandLine, toCommandActions, toFileChanges } from './legacy-items.js'

/** Approval requests of the older dialect. */
export type LegacyApprovalMethod = 'execCommandApproval' | 'applyPatchApproval'

/** The answers of the older dialect: once, for the session, no, and no with the turn interrupted. */
export type LegacyDecision = 'approved' | 'approved_for_session' | 'denied' | 'abort'

/** An approval request of the older dialect, in the words of the current one. */
export interface TranslatedApproval {
  readonly method: ApprovalMethod
  /** Params of that method; what cannot be read is absent, so that the request counts as malformed. */
  readonly params: Fields
  /** The changes that a patch asks for, which the current dialect leaves to the item. */
  readonly changes: readonly Received.FileUpdateChange[] | undefined
}

/** Whether a request of the server is an approval in the older dialect. */
export function isLegacyApproval(method: string): method is LegacyApprovalMethod {
  return method === 'execCommandApproval' || method === 'applyPatchApproval'
}

/**
 * Reads an approval request of the older dialect.
 *
 * @param turnOf - finds the running turn of a thread, which the request does not name
 */
export function translateLegacyApproval(
  method: LegacyApprovalMethod,
  params: unknown,
  turnOf: (threadId: string) => string | undefined,
): TranslatedApproval {
  const asked = fieldsOf(params)
  const threadId = textOf(asked.conversationId)
  const base = {
    threadId,
    turnId: (threadId === undefined ? undefined : turnOf(threadId)) ?? '',
    // Nobody may decide about something that could not be read in full.
    itemId: isComplete(method, asked) ? textOf(asked.callId) : undefined,
    reason: textOf(asked.reason) ?? null,
  }
  if (method === 'applyPatchApproval') {
    return {
      method: 'item/fileChange/requestApproval',
      params: { ...base, grantRoot: textOf(asked.grantRoot) ?? null },
      changes: toFileChanges(asked.fileChanges),
    }
  }
  return {
    method: 'item/commandExecution/requestApproval',
    params: {
      ...base,
      command: commandLine(asked.command),
      cwd: textOf(asked.cwd) ?? null,
      commandActions: toCommandActions(asked.parsedCmd),
      // The older dialect has no words for the others.
      availableDecisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    },
    changes: undefined,
  }
}

function isComplete(method: LegacyApprovalMethod, asked: Fields): boolean {
  if (method === 'applyPatchApproval') {
    const changes = Object.values(fieldsOf(asked.fileChanges))
    return changes.length > 0 && changes.every((change) => typeof change === 'object' && change !== null)
  }
  const command = listOf(asked.command)
  return command.length > 0 && command.every((word) => typeof word === 'string')
}

/** Says an answer to the translated request in the words of the older dialect. What it has no word for is `denied`. */
export function toLegacyReply(reply: unknown): { readonly decision: LegacyDecision } {
  switch (fieldsOf(reply).decision) {
    case 'accept':
      return { decision: 'approved' }
    case 'acceptForSession':
      return { decision: 'approved_for_session' }
    case 'cancel':
      return { decision: 'abort' }
  }
  return { decision: 'denied' }
}
