import type { ReplyStep, ResponseEvent } from './steps.js'

/** Where an output item stands: filled in by the reply that holds it. */
export interface ItemPlace {
  /** Prefix that makes ids unique across requests, for example `r3_0`. */
  readonly key: string
  /** Index of the item in the response's output. */
  readonly outputIndex: number
}

/** One thing the model produces in a response: a message, reasoning, or a tool call. */
export interface OutputItem {
  /** The finished item, as `response.output_item.done` and `response.completed` carry it. */
  done(place: ItemPlace): Readonly<Record<string, unknown>>
  /** The item as it is announced by `response.output_item.added`. */
  added(place: ItemPlace): Readonly<Record<string, unknown>>
  /** The events between `added` and `done`; those of a `.delta` type are what a reply paces. */
  deltas(place: ItemPlace): Iterable<ResponseEvent>
}

/** Settings of {@link item.message}. */
export interface MessageOptions {
  /** The pieces that the text arrives in; they need not join to it. @default one piece with all of it */
  readonly chunks?: Iterable<string>
  /** `commentary` for interim messages or `final_answer`. @default none */
  readonly phase?: string
}

/** Settings of {@link item.reasoning}. */
export interface ReasoningOptions {
  /** Summary parts, each sent as one delta. @default [] */
  readonly summary?: readonly string[]
  /** Raw reasoning, each part sent as one delta. @default [] */
  readonly content?: readonly string[]
  /** What the provider would hand back for the next request. @default none */
  readonly encryptedContent?: string
}

/** Settings of every tool call. */
export interface CallOptions {
  /** Id that the tool's output will carry. @default one that is unique within the stub */
  readonly callId?: string
}

/** Settings of {@link item.functionCall}. */
export interface FunctionCallOptions extends CallOptions {
  /** Namespace of the tool, for tools that were offered inside one. @default none */
  readonly namespace?: string
}

/** Settings of {@link item.execCommand}. */
export interface ExecCommandOptions extends CallOptions {
  /** Working folder of the command. @default the thread's */
  readonly workdir?: string
  /**
   * Asks to run outside the sandbox, which makes Codex ask for approval unless the thread's approval policy
   * is `never`. The text is the reason that the approval shows.
   * @default none: the command runs in the sandbox
   */
  readonly escalate?: string
  /**
   * Whether the shell is a login shell, which reads the profile of whoever runs the test: that can be slow, and may
   * print something of its own before the command does. @default Codex's: `true`
   */
  readonly login?: boolean
  /**
   * How long Codex waits for the command before it returns what there is, in milliseconds, from 250 to 30,000.
   * @default Codex's: 10,000
   */
  readonly yieldTimeMs?: number
  /** Further arguments, passed as they are. @default none */
  readonly extra?: Readonly<Record<string, unknown>>
}

function functionCall(name: string, args: unknown, options: FunctionCallOptions = {}): OutputItem {
  const json = typeof args === 'string' ? args : JSON.stringify(args ?? {})
  const base = (place: ItemPlace, text: string) => ({
    type: 'function_call',
    id: `fc_${place.key}`,
    call_id: options.callId ?? `call_${place.key}`,
    name,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    arguments: text,
  })
  return {
    added: (place) => base(place, ''),
    done: (place) => base(place, json),
    deltas: (place) => [
      { type: 'response.function_call_arguments.delta', ...at(`fc_${place.key}`, place), delta: json },
      { type: 'response.function_call_arguments.done', ...at(`fc_${place.key}`, place), arguments: json },
    ],
  }
}

function customToolCall(name: string, input: string, options: CallOptions = {}): OutputItem {
  const base = (place: ItemPlace, text: string) => ({
    type: 'custom_tool_call',
    id: `ctc_${place.key}`,
    call_id: options.callId ?? `call_${place.key}`,
    name,
    input: text,
  })
  return {
    added: (place) => base(place, ''),
    done: (place) => base(place, input),
    deltas: (place) => [
      { type: 'response.custom_tool_call_input.delta', ...at(`ctc_${place.key}`, place), delta: input },
      { type: 'response.custom_tool_call_input.done', ...at(`ctc_${place.key}`, place), input },
    ],
  }
}

function message(text: string, options: MessageOptions = {}): OutputItem {
  const chunks = options.chunks === undefined ? [text] : [...options.chunks]
  const base = (place: ItemPlace, status: string, content: readonly unknown[]) => ({
    type: 'message',
    id: `msg_${place.key}`,
    role: 'assistant',
    status,
    content,
    ...(options.phase === undefined ? {} : { phase: options.phase }),
  })
  const part = (value: string) => ({ type: 'output_text', text: value, annotations: [] })
  return {
    added: (place) => base(place, 'in_progress', []),
    done: (place) => base(place, 'completed', [part(text)]),
    *deltas(place) {
      const where = { ...at(`msg_${place.key}`, place), content_index: 0 }
      yield { type: 'response.content_part.added', ...where, part: part('') }
      for (const delta of chunks) yield { type: 'response.output_text.delta', ...where, delta }
      yield { type: 'response.output_text.done', ...where, text }
      yield { type: 'response.content_part.done', ...where, part: part(text) }
    },
  }
}

function reasoning(options: ReasoningOptions = {}): OutputItem {
  const summary = (options.summary ?? []).map((text) => ({ type: 'summary_text', text }))
  const content = (options.content ?? []).map((text) => ({ type: 'reasoning_text', text }))
  const id = (place: ItemPlace) => `rs_${place.key}`
  return {
    added: (place) => ({ type: 'reasoning', id: id(place), summary: [] }),
    done: (place) => ({
      type: 'reasoning',
      id: id(place),
      summary,
      ...(content.length === 0 ? {} : { content }),
      encrypted_content: options.encryptedContent ?? null,
    }),
    *deltas(place) {
      for (const [index, part] of summary.entries()) {
        const where = { ...at(id(place), place), summary_index: index }
        yield { type: 'response.reasoning_summary_part.added', ...where, part: { ...part, text: '' } }
        yield { type: 'response.reasoning_summary_text.delta', ...where, delta: part.text }
        yield { type: 'response.reasoning_summary_text.done', ...where, text: part.text }
        yield { type: 'response.reasoning_summary_part.done', ...where, part }
      }
      for (const [index, part] of content.entries()) {
        const where = { ...at(id(place), place), content_index: index }
        yield { type: 'response.reasoning_text.delta', ...where, delta: part.text }
        yield { type: 'response.reasoning_text.done', ...where, text: part.text }
      }
    },
  }
}

function at(itemId: string, place: ItemPlace) {
  return { item_id: itemId, output_index: place.outputIndex }
}

/** Builders of the things that a model can produce; hand them to `reply.items`. */
export const item = {
  /** A message to the user. */
  message,
  /** Reasoning, as a summary, in full, or both. */
  reasoning,
  /** A call of a function tool, dynamic tools and MCP tools included. A string is sent as raw arguments. */
  functionCall,
  /** A call of a freeform tool, whose input is plain text. */
  customToolCall,
  /** A shell command. */
  execCommand(cmd: string, options: ExecCommandOptions = {}): OutputItem {
    const { workdir, escalate, login, yieldTimeMs, extra, ...call } = options
    const args = {
      cmd,
      ...(workdir === undefined ? {} : { workdir }),
      ...(escalate === undefined
        ? {}
        : { sandbox_permissions: 'require_escalated', justification: escalate }),
      ...(login === undefined ? {} : { login }),
      ...(yieldTimeMs === undefined ? {} : { yield_time_ms: yieldTimeMs }),
      ...extra,
    }
    return functionCall('exec_command', args, call)
  },
  /**
   * A patch of files, in the format that starts with `*** Begin Patch`. Codex offers the tool to some models
   * only; `gpt-5.5` is one.
   */
  applyPatch(patch: string, options: CallOptions = {}): OutputItem {
    return customToolCall('apply_patch', patch, options)
  },
}

/** The steps of one item: announced, streamed, finished. */
export function* itemSteps(output: OutputItem, place: ItemPlace): Iterable<ReplyStep> {
  const index = { output_index: place.outputIndex }
  yield event({ type: 'response.output_item.added', ...index, item: output.added(place) })
  for (const delta of output.deltas(place)) yield event(delta)
  yield event({ type: 'response.output_item.done', ...index, item: output.done(place) })
}

function event(value: ResponseEvent): ReplyStep {
  return { kind: 'event', event: value }
}
