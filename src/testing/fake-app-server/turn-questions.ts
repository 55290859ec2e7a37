import type { Received } from '../../protocol/index.js'
import { items } from './items.js'
import { isMap } from './shapes.js'
import { ask } from './turn-approvals.js'
import type { TurnRun } from './turn-run.js'

/** A question for the user. */
export interface FakeQuestion {
  readonly id: string
  readonly question: string
  /** @default the id */
  readonly header?: string
  /** What can be chosen: labels, or labels with a description. @default any text */
  readonly options?: readonly (string | Received.ToolRequestUserInputOption)[]
  /** Whether any text is taken besides the options. @default true */
  readonly isOther?: boolean
  /** Whether the answer must not be shown. @default false */
  readonly isSecret?: boolean
}

/** What the model is told of a call of a dynamic tool. */
export interface FakeToolResult {
  readonly success: boolean
  readonly contentItems: readonly Received.DynamicToolCallOutputContentItem[]
}

/** Asks the user; resolves with the answers by the questions' ids. */
export async function askUser(
  run: TurnRun,
  questions: readonly FakeQuestion[],
): Promise<Record<string, readonly string[]>> {
  const { thread, server } = run
  thread.setStatus({ type: 'active', activeFlags: ['waitingOnUserInput'] })
  const answer = await ask(run, 'item/tool/requestUserInput', {
    ...run.address,
    itemId: server.ids.item('call'),
    questions: questions.map(toldQuestion),
    isBlocking: false,
    autoResolutionMs: null,
  })
  thread.setStatus({ type: 'active', activeFlags: [] })
  const answers = 'result' in answer && isMap(answer.result) ? answer.result.answers : undefined
  if (!isMap(answers)) return {}
  return Object.fromEntries(
    Object.entries(answers).map(([id, one]) => [id, isMap(one) ? texts(one.answers) : []]),
  )
}

/** Calls a tool of the client, if the thread has it. */
export async function callTool(
  run: TurnRun,
  tool: string,
  args: unknown,
  namespace: string | null,
): Promise<FakeToolResult> {
  if (!run.thread.tools.has(toolKey(tool, namespace))) {
    return { success: false, contentItems: [{ type: 'inputText', text: `unsupported call: ${tool}` }] }
  }
  const item = items.toolCall(run.server.ids.item('call'), tool, namespace, args)
  const startedAtMs = Date.now()
  const finish = run.open(item)
  const call = { ...run.address, callId: item.id, namespace, tool, arguments: args }
  const answer = await ask(run, 'item/tool/call', call)
  const { success, contentItems } = readResult('result' in answer ? answer.result : undefined)
  finish({
    ...item,
    status: success ? 'completed' : 'failed',
    contentItems: [...contentItems],
    success,
    durationMs: Date.now() - startedAtMs,
  })
  return { success, contentItems }
}

/** How a thread's tools are told apart. */
export function toolKey(name: string, namespace: string | null): string {
  return namespace === null ? name : `${namespace}/${name}`
}

function readResult(result: unknown): FakeToolResult {
  if (isMap(result) && typeof result.success === 'boolean' && Array.isArray(result.contentItems)) {
    return {
      success: result.success,
      contentItems: result.contentItems as Received.DynamicToolCallOutputContentItem[],
    }
  }
  return { success: false, contentItems: [{ type: 'inputText', text: 'dynamic tool request failed' }] }
}

function toldQuestion(asked: FakeQuestion): Received.ToolRequestUserInputQuestion {
  const { id, question, header = id, options, isOther = true, isSecret = false } = asked
  const told = options?.map((option) =>
    typeof option === 'string' ? { label: option, description: option } : option,
  )
  return { id, header, question, isOther, isSecret, options: told ?? null }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
