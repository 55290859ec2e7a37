import type { ServerRequestMethod, ServerRequestParams, ServerRequestResult } from '../protocol/index.js'
import { checkDecision } from './check-decision.js'
import { intersectPermissions } from './permission-grant.js'
import { type OpenItems, readApprovalRequest } from './read-request.js'
import { replies } from './reply-schemas.js'

/** A result that may be sent, or why it may not. */
export type CheckedReply =
  | { readonly result: unknown; readonly problem?: undefined }
  | { readonly problem: string }

/**
 * Checks what a handler returned: its shape, and that it allows nothing beyond what was asked and offered. A
 * grant is cut down to what was asked for. Loaded with the first handler's answer.
 */
export async function checkReply(
  method: ServerRequestMethod,
  params: unknown,
  reply: unknown,
): Promise<CheckedReply> {
  const parsed = replies[method].safeParse(reply)
  if (!parsed.success) return { problem: `its result has a wrong shape at ${pathOf(parsed.error)}` }
  if (method === 'item/commandExecution/requestApproval') {
    return checkCommandReply(method, params, parsed.data as ServerRequestResult<typeof method>)
  }
  if (method === 'item/permissions/requestApproval') {
    const asked = (params as ServerRequestParams<typeof method> | null | undefined)?.permissions ?? {}
    const result = parsed.data as ServerRequestResult<typeof method>
    return { result: { ...result, permissions: intersectPermissions(asked, result.permissions) } }
  }
  return { result: parsed.data }
}

async function checkCommandReply(
  method: 'item/commandExecution/requestApproval',
  params: unknown,
  result: ServerRequestResult<typeof method>,
): Promise<CheckedReply> {
  const request = readApprovalRequest(method, params, NOTHING_OPEN)
  if (!request) return { problem: 'the request lacks what a decision needs' }
  const { problem } = await checkDecision(request, result.decision)
  return problem === undefined ? { result } : { problem: `its decision is refused: ${problem}` }
}

const NOTHING_OPEN: OpenItems = {
  changesOf: () => undefined,
  commandOf: () => undefined,
  toolCalls: () => [],
}

function pathOf(error: { readonly issues: readonly { readonly path: readonly PropertyKey[] }[] }): string {
  const path = error.issues[0]?.path.map(String).join('.')
  return path === undefined || path === '' ? 'its top level' : path
}
