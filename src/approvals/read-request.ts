import type { ServerRequestParams } from '../protocol/index.js'
import type { ApprovalMethod } from './approval-methods.js'
import type { CommandDecision } from './decisions.js'
import {
  isToolQuestion,
  type OpenToolCall,
  readToolElicitation,
  readToolQuestion,
} from './mcp-tool-approval.js'
import type { ApprovalRequest, FileChangeApprovalRequest } from './requests.js'
import * as schemas from './schemas.js'

/** Finds what Codex announced before it asked: requests name the item and leave it out. */
export interface OpenItems {
  /** The changes of a file change item. */
  changesOf(threadId: string, itemId: string): FileChangeApprovalRequest['changes'] | undefined
  /** What a command item is about to run: some older servers leave it out of the request. */
  commandOf(threadId: string, itemId: string): { readonly command: string; readonly cwd: string } | undefined
  /** The calls of MCP tools that have begun and not ended. */
  toolCalls(threadId: string): readonly OpenToolCall[]
}

/**
 * Reads a request off the wire, or returns `undefined` when it lacks what a decision needs. Loaded with the first
 * request.
 *
 * @param changes - the changes of a file change request, where it brings them along itself
 */
export function readApprovalRequest(
  method: ApprovalMethod,
  params: unknown,
  open: OpenItems,
  changes?: FileChangeApprovalRequest['changes'],
): ApprovalRequest | undefined {
  switch (method) {
    case 'item/commandExecution/requestApproval': {
      const { data } = schemas.commandRequest.safeParse(params)
      if (!data) return undefined
      const { threadId, turnId, itemId, reason, startedAtMs } = data
      const announced = open.commandOf(threadId, itemId)
      return {
        kind: 'command',
        threadId,
        turnId,
        itemId,
        reason,
        startedAtMs,
        command: data.command ?? announced?.command,
        cwd: data.cwd ?? announced?.cwd,
        action: data.kind,
        network: data.networkApprovalContext,
        wantsPermissions: data.additionalPermissions,
        availableDecisions: data.availableDecisions as readonly CommandDecision[] | undefined,
        params: params as ServerRequestParams<typeof method>,
      }
    }
    case 'item/fileChange/requestApproval': {
      const { data } = schemas.fileChangeRequest.safeParse(params)
      if (!data) return undefined
      const { threadId, turnId, itemId, reason, startedAtMs, grantRoot } = data
      const all = changes ?? open.changesOf(threadId, itemId) ?? []
      const base = { threadId, turnId, itemId, reason, startedAtMs, grantRoot, changes: all }
      return { kind: 'file-change', ...base, params: params as ServerRequestParams<typeof method> }
    }
    case 'item/permissions/requestApproval': {
      const { data } = schemas.permissionsRequest.safeParse(params)
      if (!data) return undefined
      const { threadId, turnId, itemId, reason, startedAtMs, cwd } = data
      const given = params as ServerRequestParams<typeof method>
      const base = { threadId, turnId, itemId, reason, startedAtMs, cwd }
      return { kind: 'permissions', ...base, permissions: given.permissions, params: given }
    }
    case 'item/tool/requestUserInput': {
      const { data } = schemas.userInputRequest.safeParse(params)
      if (!data) return undefined
      const given = params as ServerRequestParams<typeof method>
      const { threadId, turnId, itemId } = data
      const base = { threadId, turnId, itemId, reason: undefined, startedAtMs: undefined }
      if (isToolQuestion(given)) return readToolQuestion(given, base, open.toolCalls(threadId))
      return { kind: 'user-input', ...base, questions: given.questions, params: given }
    }
    case 'mcpServer/elicitation/request': {
      const { data } = schemas.elicitationRequest.safeParse(params)
      if (!data) return undefined
      const given = params as ServerRequestParams<typeof method>
      const { threadId, turnId, serverName: server, mode, message, url, requestedSchema } = data
      const base = { threadId, turnId, itemId: undefined, reason: undefined, startedAtMs: undefined }
      if (hasApprovalKind(data._meta)) {
        // An approval of a kind that this version does not know must not pass for a form.
        const meta = schemas.toolApprovalMeta.safeParse(data._meta).data
        return (
          meta && readToolElicitation(given, { ...base, server, message, meta }, open.toolCalls(threadId))
        )
      }
      return { kind: 'elicitation', ...base, server, mode, message, requestedSchema, url, params: given }
    }
  }
}

function hasApprovalKind(meta: unknown): boolean {
  return typeof meta === 'object' && meta !== null && 'codex_approval_kind' in meta
}
