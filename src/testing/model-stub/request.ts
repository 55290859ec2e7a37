import type { ReplyStep } from './steps.js'

/**
 * How the exchange of a request ended:
 * - `answered`: the reply was sent to its end;
 * - `cut`: the reply was broken off on purpose;
 * - `abandoned`: the requester went away before the reply was complete, as Codex does on interrupt;
 * - `closed`: the stub was closed first.
 */
export type RequestEnd = 'answered' | 'cut' | 'abandoned' | 'closed'

/** A tool's result as Codex reports it back to the model. */
export interface ToolOutput {
  /** The `call_id` of the call that it answers. */
  readonly callId: string
  /** `function_call_output`, `custom_tool_call_output` or another item type ending in `_output`. */
  readonly type: string
  /** The text of the output; parts of a structured output are joined by newlines. */
  readonly text: string
  /** The output as it was sent: a string or a list of content parts. */
  readonly output: unknown
}

/** What the stub's server knows when a request has been read. */
export interface ModelRequestFacts {
  readonly serial: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly ended: Promise<RequestEnd>
}

type Json = Readonly<Record<string, unknown>>

/** A request that the stub received, with readers for the parts that tests ask about. */
export class ModelRequest {
  /** Number of the request in the stub's life, from 0; default ids of items and calls are made from it. */
  readonly serial: number
  /** HTTP method in upper case. */
  readonly method: string
  /** Path and query, for example `/v1/responses`. */
  readonly path: string
  /** Headers in lower case. Credentials are not kept: `authorization` reads `Bearer [present]`. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed JSON body, the text when it was not JSON, `undefined` when there was none. */
  readonly body: unknown
  /** Resolves when the exchange is over, with how it ended. Never rejects. */
  readonly ended: Promise<RequestEnd>
  /** The reply that was chosen; `undefined` until then and for requests that are not for the model. */
  reply: Reply | undefined

  constructor(facts: ModelRequestFacts) {
    this.serial = facts.serial
    this.method = facts.method
    this.path = facts.path
    this.headers = facts.headers
    this.body = facts.body
    this.ended = facts.ended
  }

  /** The model that was asked for; empty when the body names none. */
  get model(): string {
    return text(asJson(this.body).model)
  }

  /** The Codex thread that asks; empty when the body does not say. */
  get threadId(): string {
    return text(this.#metadata.thread_id) || text(asJson(this.body).prompt_cache_key)
  }

  /** The Codex turn that asks; empty when the body does not say. */
  get turnId(): string {
    return text(this.#metadata.turn_id)
  }

  /**
   * Why Codex asks: `turn`, or another kind such as `compaction`, which takes a reply from the queue too.
   * Empty when the body does not say.
   */
  get kind(): string {
    try {
      return text(asJson(JSON.parse(text(this.#metadata['x-codex-turn-metadata']))).request_kind)
    } catch {
      return ''
    }
  }

  /** The conversation so far: the `input` items of the body. */
  get input(): readonly Json[] {
    return list(asJson(this.body).input)
  }

  /** Names of the tools that are offered to the model, in order. */
  get toolNames(): readonly string[] {
    return list(asJson(this.body).tools).map((tool) => text(tool.name) || text(tool.type))
  }

  get #metadata(): Json {
    return asJson(asJson(this.body).client_metadata)
  }

  /** What the user said, oldest first: one text for each user message that Codex did not write itself. */
  userTexts(): string[] {
    return this.input
      .filter((item) => item.type === 'message' && item.role === 'user')
      .map((item) => joinText(item.content))
      .filter((said) => !isInjected(said))
  }

  /** The newest of {@link userTexts}; empty when there is none. */
  get lastUserText(): string {
    return this.userTexts().at(-1) ?? ''
  }

  /** The results of tool calls in the conversation, oldest first. */
  toolOutputs(): ToolOutput[] {
    return this.input
      .filter((item) => text(item.type).endsWith('_output'))
      .map((item) => ({
        callId: text(item.call_id),
        type: text(item.type),
        text: joinText(item.output),
        output: item.output,
      }))
  }

  /** The result of the tool call with this id, if the conversation holds one. */
  toolOutput(callId: string): ToolOutput | undefined {
    return this.toolOutputs().find((output) => output.callId === callId)
  }
}

// Codex puts its own context into user messages, each wrapped in one tag such as <environment_context>.
function isInjected(said: string): boolean {
  const tag = /^<([a-z_]+)>/.exec(said)?.[1]
  return (
    (tag !== undefined && said.trimEnd().endsWith(`</${tag}>`)) || said.startsWith('# AGENTS.md instructions')
  )
}

function joinText(content: unknown): string {
  if (typeof content === 'string') return content
  return list(content)
    .map((part) => text(part.text))
    .join('\n')
}

function asJson(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(asJson) : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/**
 * What the stub answers to one model request. Plain and reusable: the `reply` helpers make them, and a test
 * may write its own.
 */
export interface Reply {
  /** Name for people, seen when a test prints a request. */
  readonly label: string
  /** HTTP status. */
  readonly status: number
  /** HTTP headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The steps to play for this request; called once for each request that gets this reply. */
  steps(request: ModelRequest): Iterable<ReplyStep>
}
