import { setTimeout as delay } from 'node:timers/promises'
import { InvalidInputError } from '../../util/errors.js'
import {
  type CallOptions,
  type ExecCommandOptions,
  type FunctionCallOptions,
  item,
  itemSteps,
  type MessageOptions,
  type OutputItem,
} from './items.js'
import type { ModelRequest, Reply } from './request.js'
import type { CutKind, ReplyStep } from './steps.js'

/** What a response reports as its cost, in tokens. */
export interface StubUsage {
  /** @default 100 */
  readonly inputTokens?: number
  /** Part of the input that the provider had cached. @default 0 */
  readonly cachedInputTokens?: number
  /** @default 20 */
  readonly outputTokens?: number
  /** Part of the output that was reasoning. @default 0 */
  readonly reasoningTokens?: number
}

/** Settings of every reply that streams output. */
export interface StreamOptions {
  /** @default 100 input and 20 output tokens */
  readonly usage?: StubUsage
  /**
   * What happens before each delta: a pause in milliseconds, or a function that is awaited and gets the
   * delta's number in the response, from 0. When the function throws, the socket is closed.
   * @default none: everything is sent at once
   */
  readonly pace?: number | ((delta: number) => unknown)
}

/** Settings of {@link reply.text}. */
export interface TextOptions extends StreamOptions, MessageOptions {}

/** Settings of {@link reply.httpError}. */
export interface HttpErrorOptions {
  /** `error.code` of the body, for example `usage_limit_reached`. @default none */
  readonly code?: string
  /** `error.type` of the body. @default the code, or `stub_error` */
  readonly type?: string
  /** `error.message` of the body. @default `stub error <status>` */
  readonly message?: string
  /** Sets the `retry-after` header, in seconds. @default none */
  readonly retryAfterSeconds?: number
  /** Further headers, names in lower case. @default none */
  readonly headers?: Readonly<Record<string, string>>
  /** The whole body, in place of one made from the settings above. */
  readonly body?: string
}

/** A place in a reply. One that the reply never comes to means its end, before the HTTP response ends. */
export interface ReplyPoint {
  /** Behind so many events; 0 is before everything, the HTTP header included. @default 0 */
  readonly afterEvents?: number
  /** Behind so many deltas, in place of {@link afterEvents}. @default none */
  readonly afterDeltas?: number
}

/** A reply that stops until the test lets it go on; see {@link reply.hold}. */
export interface HeldReply extends Reply {
  /** Resolves with the first request that comes to the held place; stays pending while none does. */
  readonly reached: Promise<ModelRequest>
  /** Lets this and every later use of the reply go on. Idempotent. */
  release(): void
}

const sse = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }

function stream(label: string, steps: (request: ModelRequest) => Iterable<ReplyStep>): Reply {
  return { label, status: 200, headers: sse, steps }
}

function items(outputs: readonly OutputItem[], options: StreamOptions = {}, label = 'items'): Reply {
  return stream(label, (request) => responseSteps(request, outputs, options))
}

function text(value: string, options: TextOptions = {}): Reply {
  return items([item.message(value, options)], options, 'text')
}

function httpError(status: number, options: HttpErrorOptions = {}): Reply {
  const { code, type = code ?? 'stub_error', message = `stub error ${status}` } = options
  const body = options.body ?? JSON.stringify({ error: { message, type, code: code ?? null, param: null } })
  const retry =
    options.retryAfterSeconds === undefined ? {} : { 'retry-after': String(options.retryAfterSeconds) }
  return {
    label: `HTTP ${status}`,
    status,
    headers: { 'content-type': 'application/json', ...retry, ...options.headers },
    steps: () => [{ kind: 'raw', text: body }],
  }
}

function hold(inner: Reply, point: ReplyPoint = {}): HeldReply {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let reach = (_request: ModelRequest) => {}
  const reached = new Promise<ModelRequest>((resolve) => {
    reach = resolve
  })
  const steps = insertAt(inner, point, (request) => ({
    kind: 'wait',
    until: () => {
      reach(request)
      return released
    },
  }))
  return { ...inner, label: `held ${inner.label}`, steps, reached, release }
}

function cut(inner: Reply, options: ReplyPoint & { readonly how?: CutKind } = {}): Reply {
  const steps = insertAt(inner, options, () => ({ kind: 'cut', how: options.how ?? 'close' }))
  return { ...inner, label: `cut ${inner.label}`, steps }
}

/** Builders of replies; `stub.enqueue`, `stub.when` and the fallback take them. */
export const reply = {
  /** A message, in one delta unless `chunks` says otherwise. */
  text,
  /** Several output items in one response, for example reasoning and a message. */
  items: (outputs: readonly OutputItem[], options?: StreamOptions) => items(outputs, options),
  /** A shell command; the model is asked again with its output. */
  execCommand(cmd: string, options: ExecCommandOptions & StreamOptions = {}): Reply {
    const { usage: _usage, pace: _pace, ...call } = options
    return items([item.execCommand(cmd, call)], options, 'exec_command')
  },
  /** A patch of files, for models that have the tool (see `item.applyPatch`). */
  applyPatch(patch: string, options: CallOptions & StreamOptions = {}): Reply {
    return items([item.applyPatch(patch, options)], options, 'apply_patch')
  },
  /** A call of a function tool. A string is sent as raw arguments, so it can be invalid JSON. */
  functionCall(name: string, args?: unknown, options: FunctionCallOptions & StreamOptions = {}): Reply {
    return items([item.functionCall(name, args, options)], options, name)
  },
  /** An HTTP failure, with an error body in OpenAI's form. */
  httpError,
  /** The model fails in mid-stream: `response.failed` with this code. */
  failed(code: string, message = `stub failure ${code}`): Reply {
    return stream(`failed ${code}`, (request) => [
      created(request),
      {
        kind: 'event',
        event: {
          type: 'response.failed',
          response: envelope(request, 'failed', { error: { code, message } }),
        },
      },
    ])
  },
  /** The model stops early: `response.incomplete` with this reason, after `outputs`. */
  incomplete(reason = 'max_output_tokens', outputs: readonly OutputItem[] = []): Reply {
    return stream(`incomplete ${reason}`, function* (request) {
      yield created(request)
      yield* outputSteps(request, outputs)
      const response = envelope(request, 'incomplete', { incomplete_details: { reason } })
      yield { kind: 'event', event: { type: 'response.incomplete', response } }
    })
  },
  /** Sends text verbatim with status 200 as an event stream: junk, or events of your own. */
  raw(value: string): Reply {
    return stream('raw', () => [{ kind: 'raw', text: value }])
  },
  /** Accepts the request and never answers; ends when the requester leaves or the stub closes. */
  silence(): Reply {
    return stream('silence', () => [{ kind: 'wait', until: () => new Promise(() => {}) }])
  },
  /**
   * Plays the inner reply up to a point (by default nothing of it) and waits there until `release()`. Await
   * `reached` to know that Codex is waiting: no test needs to sleep.
   */
  hold,
  /** Plays the inner reply up to a point (by default nothing of it), then breaks off (by default `close`). */
  cut,
}

function* responseSteps(
  request: ModelRequest,
  outputs: readonly OutputItem[],
  options: StreamOptions,
): Iterable<ReplyStep> {
  yield created(request)
  yield* paced(outputSteps(request, outputs), options.pace)
  const output = outputs.map((one, index) => one.done(place(request, index)))
  const response = envelope(request, 'completed', { output, usage: wireUsage(options.usage) })
  yield { kind: 'event', event: { type: 'response.completed', response } }
}

function* outputSteps(request: ModelRequest, outputs: readonly OutputItem[]): Iterable<ReplyStep> {
  for (const [index, one] of outputs.entries()) yield* itemSteps(one, place(request, index))
}

function* paced(steps: Iterable<ReplyStep>, pace: StreamOptions['pace']): Iterable<ReplyStep> {
  if (pace === undefined) return yield* steps
  let deltas = 0
  for (const step of steps) {
    if (isDelta(step)) {
      const number = deltas++
      yield {
        kind: 'wait',
        until: async (signal) =>
          typeof pace === 'number' ? delay(pace, undefined, { signal }) : pace(number),
      }
    }
    yield step
  }
}

function insertAt(inner: Reply, point: ReplyPoint, step: (request: ModelRequest) => ReplyStep) {
  const deltasOnly = point.afterDeltas !== undefined
  const option = deltasOnly ? 'afterDeltas' : 'afterEvents'
  const count = point[option] ?? 0
  if (!Number.isInteger(count) || count < 0) throw new InvalidInputError(option, count, 'an integer from 0')
  const counts = (one: ReplyStep) => (deltasOnly ? isDelta(one) : one.kind === 'event' || one.kind === 'raw')

  return function* (request: ModelRequest): Iterable<ReplyStep> {
    let left = count
    if (left === 0) yield step(request)
    for (const one of inner.steps(request)) {
      yield one
      if (counts(one) && --left === 0) yield step(request)
    }
    if (left > 0) yield step(request)
  }
}

function isDelta(step: ReplyStep): boolean {
  return step.kind === 'event' && step.event.type.endsWith('.delta')
}

function created(request: ModelRequest): ReplyStep {
  return {
    kind: 'event',
    event: { type: 'response.created', response: envelope(request, 'in_progress', {}) },
  }
}

function envelope(request: ModelRequest, status: string, more: Readonly<Record<string, unknown>>) {
  const id = `resp_${request.serial}`
  return { id, object: 'response', created_at: 0, status, model: request.model, output: [], ...more }
}

function place(request: ModelRequest, outputIndex: number) {
  return { key: `${request.serial}_${outputIndex}`, outputIndex }
}

function wireUsage(usage: StubUsage = {}) {
  const { inputTokens = 100, cachedInputTokens = 0, outputTokens = 20, reasoningTokens = 0 } = usage
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedInputTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  }
}
