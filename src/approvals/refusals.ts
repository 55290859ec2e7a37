import type { ServerRequestMethod, ServerRequestResult } from '../protocol/index.js'
import { RpcError } from '../rpc/errors.js'

/** A refusal as the servers that still send the legacy approvals read it; the schema has a newer form. */
interface LegacyDenial {
  readonly decision: 'denied'
}

/** How a request of the server is refused: by a result of its own shape, or by an error where none refuses. */
export type Refusal<M extends ServerRequestMethod> = () => ServerRequestResult<M> | LegacyDenial

/**
 * The answer to each request of the server when nobody is asked or nobody answers: the one that grants
 * nothing. `currentTime/read` is answered, since it grants nothing and silence fails the turn.
 */
export const REFUSALS: { readonly [M in ServerRequestMethod]: Refusal<M> } = {
  'item/commandExecution/requestApproval': () => ({ decision: 'decline' }),
  'item/fileChange/requestApproval': () => ({ decision: 'decline' }),
  'item/permissions/requestApproval': () => ({ permissions: {}, scope: 'turn' }),
  'item/tool/requestUserInput': () => ({ answers: {} }),
  'mcpServer/elicitation/request': () => ({ action: 'decline', content: null, _meta: null }),
  'item/tool/call': () => ({
    success: false,
    contentItems: [{ type: 'inputText', text: 'This client does not provide the tool.' }],
  }),
  'currentTime/read': () => ({ currentTimeAt: Math.floor(Date.now() / 1000) }),
  'account/chatgptAuthTokens/refresh': () => {
    throw RpcError.internal('this client does not refresh tokens')
  },
  'attestation/generate': () => {
    throw RpcError.internal('this client does not attest')
  },
  // Answered in the words of their own dialect, which knows no `decline`.
  execCommandApproval: () => ({ decision: 'denied' }),
  applyPatchApproval: () => ({ decision: 'denied' }),
}

/** Refuses a request of the server in its own shape; a method that this version does not know with -32601. */
export function refuse(method: string): unknown {
  if (!Object.hasOwn(REFUSALS, method)) throw RpcError.methodNotFound(method)
  return REFUSALS[method as ServerRequestMethod]()
}
