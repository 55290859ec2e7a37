import type { OutputSchema } from '../output/structured-output.js'
import type { Sent } from '../protocol/index.js'
import { InvalidInputError } from '../util/errors.js'
import { checkKnownKeys, checkOptions, checkString, checkTimeoutMs } from '../util/validate.js'

/** Time a tool has by default: 300,000 ms. */
export const DEFAULT_TOOL_TIMEOUT_MS = 300_000

/** A part of what a tool returns: text, or an image or sound by its URL, `data:` URLs included. */
export type ToolContent = Sent.DynamicToolCallOutputContentItem

/** What a tool is told besides its input. */
export interface ToolContext {
  /**
   * Aborts when the result is no longer wanted: the deadline passed, the turn ended or was interrupted, or the
   * connection closed. Codex does not wait for a tool that it no longer needs: stop the work.
   */
  readonly signal: AbortSignal
  readonly threadId: string
  readonly turnId: string
  /** Id of the call; also that of its `dynamicToolCall` item. */
  readonly callId: string
}

/** What {@link defineTool} makes a tool of. */
export interface ToolDefinition<Input> {
  /** Letters, digits, `_` and `-`; must not begin with `mcp__`. */
  readonly name: string
  /** What it does and when to use it, for the model. */
  readonly description: string
  /** Shape of the input, an object: its JSON form is shown to the model. Needs zod 4.2 or later. */
  readonly input: OutputSchema<Input>
  /**
   * Does the work. Returns text, a list of {@link ToolContent}, or any other value, which the model gets as
   * JSON. What it throws is told to the model as a failure, secrets removed.
   */
  readonly run: (input: Input, context: ToolContext) => unknown
  /** Time it has, in milliseconds, or `Infinity`. @default DEFAULT_TOOL_TIMEOUT_MS */
  readonly timeoutMs?: number | undefined
}

/** A tool that the model can call and this program runs; made by {@link defineTool}. */
export interface DynamicTool {
  readonly name: string
  /** How Codex is told about it. */
  readonly spec: Sent.DynamicToolSpec
  readonly timeoutMs: number
  /** Runs it on arguments as the model wrote them. Throws {@link ToolInputError} when they do not match. */
  readonly call: (args: unknown, context: ToolContext) => Promise<unknown>
}

/** The arguments of a call do not match the tool's input. The message is for the model. */
export class ToolInputError extends Error {
  override readonly name = 'ToolInputError'
}

/**
 * Defines a tool for `startThread({ tools })`. Its input is checked before it runs.
 *
 * Throws `InvalidInputError` for a wrong name or option, and for a schema that JSON Schema cannot express or that is not
 * one of an object.
 */
export function defineTool<Input>(definition: ToolDefinition<Input>): DynamicTool {
  checkOptions('definition', definition ?? null)
  checkKnownKeys(definition, { name: true, description: true, input: true, run: true, timeoutMs: true })
  const { name, description, input, run, timeoutMs } = definition
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]+$/.test(name) || name.startsWith('mcp__')) {
    throw new InvalidInputError('name', name, 'letters, digits, `_` and `-`, not beginning with `mcp__`')
  }
  checkString('description', description ?? null)
  if (typeof run !== 'function') throw new InvalidInputError('run', run, 'a function')
  return {
    name,
    spec: { type: 'function', name, description, inputSchema: jsonSchemaOf(input) },
    timeoutMs: checkTimeoutMs('timeoutMs', timeoutMs, DEFAULT_TOOL_TIMEOUT_MS),
    call: async (args, context) => run(await parse(input, args), context),
  }
}

function jsonSchemaOf(input: OutputSchema<unknown>): Readonly<Record<string, unknown>> {
  const standard = input?.['~standard']
  if (typeof standard?.validate !== 'function' || typeof standard.jsonSchema?.input !== 'function') {
    throw new InvalidInputError('input', input, 'a zod schema (zod 4.2 or later)')
  }
  let schema: Record<string, unknown>
  try {
    const { $schema: _, ...rest } = standard.jsonSchema.input({ target: 'draft-07' })
    schema = rest
  } catch (cause) {
    throw new InvalidInputError('input', input, 'a schema that JSON Schema can express', { cause })
  }
  if (schema.type !== 'object') throw new InvalidInputError('input', input, 'a schema of an object')
  return schema
}

async function parse<Input>(input: OutputSchema<Input>, args: unknown): Promise<Input> {
  const checked = await input['~standard'].validate(args)
  if (!checked.issues) return checked.value
  const issues = checked.issues.slice(0, 5).map(({ message, path = [] }) => {
    const keys = path.map((step) => String(typeof step === 'object' ? step.key : step))
    return keys.length > 0 ? `${keys.join('.')}: ${message}` : message
  })
  throw new ToolInputError(`The arguments do not match the tool's input: ${issues.join('; ')}`)
}
