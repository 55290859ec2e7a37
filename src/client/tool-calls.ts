import { ask, refuse } from '../approvals/index.js'
import type { Sent, ServerNotification } from '../protocol/index.js'
import { redact } from '../redaction/index.js'
import type { RequestContext } from '../rpc/inbound-requests.js'
import { InvalidInputError } from '../util/errors.js'
import { type DynamicTool, type ToolContent, ToolInputError } from './define-tool.js'

const METHOD = 'item/tool/call'

/** Checks a list of tools. Throws `InvalidInputError` naming the option. */
export function checkTools(tools: unknown, experimentalApi: boolean): readonly DynamicTool[] {
  if (tools === undefined) return []
  if (!Array.isArray(tools)) throw new InvalidInputError('tools', tools, 'a list of tools')
  const list = Array.from(tools as readonly unknown[], (tool, index) => {
    if (typeof (tool as Partial<DynamicTool> | null)?.call === 'function') return tool as DynamicTool
    throw new InvalidInputError(`tools[${index}]`, tool, 'a tool, made by defineTool()')
  })
  const repeated = list.find(({ name }, index) => list.findIndex((tool) => tool.name === name) < index)
  if (repeated) throw new InvalidInputError('tools', tools, `different names; ${repeated.name} comes twice`)
  if (list.length > 0 && !experimentalApi) {
    throw new InvalidInputError('tools', tools, 'none without `experimentalApi`, which offers them')
  }
  return list
}

/** Runs the tools of this program when the model calls them. */
export class ToolCalls {
  readonly #threads = new Map<string, ReadonlyMap<string, DynamicTool>>()
  readonly #onError: (error: Error) => void

  /** @param onError - receives what tools throw */
  constructor(onError: (error: Error) => void) {
    this.#onError = onError
  }

  /** Sets the tools of a thread. */
  register(threadId: string, tools: readonly DynamicTool[]): void {
    if (tools.length > 0) this.#threads.set(threadId, new Map(tools.map((tool) => [tool.name, tool])))
  }

  /** Forgets the tools of threads that are closed. */
  receive(message: ServerNotification): void {
    if (message.method !== 'thread/closed') return
    const threadId: unknown = message.params?.threadId
    if (typeof threadId === 'string') this.#threads.delete(threadId)
  }

  /** Answers one call. A failure is an answer too: the model is told. */
  async answer(params: unknown, { signal }: RequestContext): Promise<unknown> {
    const call = (params ?? {}) as Partial<Record<string, unknown>>
    const { threadId, turnId, callId, tool: name, namespace } = call
    const known = typeof threadId === 'string' ? this.#threads.get(threadId) : undefined
    const tool = typeof name === 'string' && (namespace ?? null) === null ? known?.get(name) : undefined
    if (!tool) return refuse(METHOD)
    const context = { threadId: String(threadId), turnId: String(turnId), callId: String(callId) }
    const { timeoutMs } = tool
    const asked = await ask((asking) => tool.call(call.arguments, { ...context, signal: asking }), {
      timeoutMs,
      signal,
    })
    if (asked.kind === 'answer') return this.#result(asked.value)
    if (asked.kind === 'timeout') return failure(`The tool did not answer within ${timeoutMs} ms.`)
    if (asked.kind === 'withdrawn') return failure('The call was given up.')
    if (asked.error instanceof ToolInputError) return failure(asked.error.message)
    this.#onError(asked.error)
    return failure(`The tool failed: ${asked.error.message}`)
  }

  #result(value: unknown): Sent.DynamicToolCallResponse {
    try {
      return { success: true, contentItems: contentOf(value) }
    } catch {
      this.#onError(new TypeError('the result of a tool is no JSON value'))
      return failure('The tool returned something that is no JSON value.')
    }
  }
}

function failure(text: string): Sent.DynamicToolCallResponse {
  return { success: false, contentItems: [{ type: 'inputText', text: redact(text) }] }
}

/** What a tool returned as Codex takes it. Throws when JSON cannot express it. */
function contentOf(value: unknown): readonly ToolContent[] {
  if (value === undefined) return []
  if (typeof value === 'string') return [{ type: 'inputText', text: value }]
  if (Array.isArray(value) && value.length > 0 && value.every(isContent)) return value
  return [{ type: 'inputText', text: JSON.stringify(value) ?? 'null' }]
}

function isContent(value: unknown): value is ToolContent {
  const { type, text, imageUrl, audioUrl } = (value ?? {}) as Partial<Record<string, unknown>>
  switch (type) {
    case 'inputText':
      return typeof text === 'string'
    case 'inputImage':
      return typeof imageUrl === 'string'
    default:
      return type === 'inputAudio' && typeof audioUrl === 'string'
  }
}
