import { RpcError } from '../../rpc/errors.js'
import { EXEC_SERVER_REQUESTS, parseParams } from '../protocol/index.js'

/** What a process wants to reach. */
export interface NetworkPolicyRequest {
  readonly processId: string
  readonly protocol: string
  readonly host: string
  readonly port: number
}

/** Whether it may. `ask` leaves it to the server. */
export interface NetworkPolicyDecision {
  readonly type: 'allow' | 'deny' | 'ask'
  readonly reason?: string | undefined
}

/** Decides about one host. `signal` aborts when the answer is no longer wanted. */
export type NetworkPolicyHook = (
  request: NetworkPolicyRequest,
  context: { readonly signal: AbortSignal },
) => NetworkPolicyDecision | Promise<NetworkPolicyDecision>

const METHOD = 'network/policyRequest'

/** Answers what a server asks: the one request it knows, by the hook or with a denial. Rejects with an `RpcError`. */
export async function answerServer(
  hook: NetworkPolicyHook | undefined,
  problem: (error: Error) => void,
  method: string,
  params: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  if (method !== METHOD) throw RpcError.methodNotFound(method)
  const { params: schema, result } = EXEC_SERVER_REQUESTS[METHOD]
  const { processId, request } = parseParams(schema, params)
  if (!hook) return denial('this client allows no network access')
  try {
    const { protocol, host, port } = request
    const { type, reason } = await hook({ processId, protocol, host, port }, { signal })
    return result.parse({ decision: { type, reason: reason ?? null } })
  } catch (error) {
    problem(error instanceof Error ? error : new Error(String(error)))
    return denial('the decision failed')
  }
}

function denial(reason: string): object {
  return { decision: { type: 'deny', reason } }
}
