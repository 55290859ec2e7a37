import type { ServerRequestParams } from '../protocol/index.js'
import type { McpToolDecision } from './decisions.js'
import type { McpToolApprovalRequest } from './requests.js'

/** A call of an MCP tool as its item announced it. */
export interface OpenToolCall {
  readonly itemId: string
  readonly server: string
  readonly tool: string
  readonly arguments: unknown
}

type Elicitation = ServerRequestParams<'mcpServer/elicitation/request'>
type Questions = ServerRequestParams<'item/tool/requestUserInput'>
type Base = Pick<McpToolApprovalRequest, 'threadId' | 'turnId' | 'itemId' | 'startedAtMs' | 'reason'>

/** What the `_meta` of an elicitation says about the call. */
interface ToolMeta {
  readonly tool_name: string | undefined
  readonly tool_params?: unknown
  readonly persist: readonly unknown[]
}

/** Measured: the id of the question begins so, and Codex understands these labels. */
const QUESTION_PREFIX = 'mcp_tool_call_approval_'
const LABELS: ReadonlyMap<McpToolDecision, string> = new Map([
  ['accept', 'Allow'],
  ['acceptForSession', 'Allow for this session'],
])

/** Reads the approval of a tool that came as an elicitation with an empty form. */
export function readToolElicitation(
  params: Elicitation,
  given: Base & { readonly server: string; readonly message: string; readonly meta: ToolMeta },
  calls: readonly OpenToolCall[],
): McpToolApprovalRequest {
  const { server, message, meta, ...base } = given
  const candidates = calls.filter(
    (call) => call.server === server && (meta.tool_name === undefined || call.tool === meta.tool_name),
  )
  // The elicitation does not name its item. Where several could be meant, none is.
  const call = candidates.length === 1 ? candidates[0] : undefined
  return {
    kind: 'mcp-tool',
    ...base,
    itemId: call?.itemId,
    reason: message,
    server,
    tool: meta.tool_name ?? call?.tool,
    arguments: meta.tool_params ?? call?.arguments,
    availableDecisions: meta.persist.includes('session')
      ? ['accept', 'acceptForSession', 'decline', 'cancel']
      : ['accept', 'decline', 'cancel'],
    params,
  }
}

/** Whether questions to the user are the approval of a tool, as Codex asks for it without elicitations. */
export function isToolQuestion({ questions }: Questions): boolean {
  return questions.some((question) => question.id.startsWith(QUESTION_PREFIX))
}

/** Reads the approval of a tool that came as a question; `undefined` when more is asked along with it. */
export function readToolQuestion(
  params: Questions,
  base: Base,
  calls: readonly OpenToolCall[],
): McpToolApprovalRequest | undefined {
  const [question, ...others] = params.questions
  if (!question || others.length > 0) return undefined
  const call = calls.find(({ itemId }) => itemId === base.itemId)
  const labels = (question.options ?? []).map(({ label }) => label)
  const accepting = [...LABELS].filter(([, label]) => labels.includes(label)).map(([decision]) => decision)
  return {
    kind: 'mcp-tool',
    ...base,
    reason: question.question,
    server: call?.server,
    tool: call?.tool,
    arguments: call?.arguments,
    availableDecisions: [...accepting, 'decline', 'cancel'],
    params,
  }
}

/** The answer to a request in the form in which it came. */
export function toolReply(request: McpToolApprovalRequest, decision: McpToolDecision): unknown {
  const { params } = request
  const isAccepted = decision === 'accept' || decision === 'acceptForSession'
  if ('questions' in params) {
    const label = LABELS.get(decision)
    const id = params.questions[0]?.id
    // Measured: no answer is a refusal.
    return { answers: id === undefined || label === undefined ? {} : { [id]: { answers: [label] } } }
  }
  return {
    action: isAccepted ? 'accept' : decision,
    content: isAccepted ? {} : null,
    _meta: decision === 'acceptForSession' ? { persist: 'session' } : null,
  }
}
