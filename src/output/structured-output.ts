import { ConduitError, type ConduitErrorOptions, InvalidInputError } from '../util/errors.js'
import { toStrictForm } from './strict-form.js'
import { findStrictModeProblem } from './strict-schema.js'

/**
 * A schema that describes an answer and checks it: any library that implements Standard Schema with JSON
 * Schema output, as zod does from 4.2 on.
 *
 * @typeParam Output - what a checked answer is
 */
export interface OutputSchema<Output> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => ValidationResult<Output> | Promise<ValidationResult<Output>>
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: 'draft-07' }) => Record<string, unknown>
    }
    readonly types?: { readonly output: Output } | undefined
  }
}

type ValidationResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly ValidationIssue[] }

interface ValidationIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The agent's answer is not JSON, or does not match the schema it was given. */
export class OutputMismatchError extends ConduitError {
  readonly code = 'OUTPUT_MISMATCH'
  /** Path of the first value that does not match, such as `summary.title`; empty for the whole answer. */
  readonly path: string

  constructor(path: string, problem: string, options?: ConduitErrorOptions) {
    super(`The answer does not match the output schema${path && ` at ${path}`}: ${problem}`, options)
    this.path = path
  }
}

/** A schema ready for a turn: its JSON form and its check. */
export interface PreparedOutput<Output> {
  readonly jsonSchema: Record<string, unknown>
  /** Parses and checks an answer. Rejects with {@link OutputMismatchError}. */
  readonly parse: (text: string) => Promise<Output>
}

/**
 * Prepares a schema and makes sure, before anything is sent, that the provider's strict mode will accept
 * it. Throws {@link InvalidInputError} naming the offending path otherwise.
 *
 * @param option - what the schema is called in errors
 */
export function prepareOutput<Output>(
  schema: OutputSchema<Output>,
  option = 'output',
): PreparedOutput<Output> {
  const standard = schema?.['~standard']
  if (typeof standard?.validate !== 'function' || typeof standard.jsonSchema?.input !== 'function') {
    throw new InvalidInputError(option, schema, 'a zod schema (zod 4.2 or later)')
  }
  let jsonSchema: Record<string, unknown>
  try {
    jsonSchema = toStrictForm(standard.jsonSchema.input({ target: 'draft-07' }))
  } catch (cause) {
    throw new InvalidInputError(option, schema, 'a schema that JSON Schema can express', { cause })
  }
  checkStrictMode(option, jsonSchema)
  return { jsonSchema, parse: (text) => parse(standard.validate, text) }
}

/** Checks a plain JSON schema for strict mode. Throws {@link InvalidInputError} naming the offending path. */
export function checkStrictMode(option: string, jsonSchema: unknown): void {
  const problem = findStrictModeProblem(jsonSchema)
  if (problem) {
    throw new InvalidInputError(`${option}${problem.path}`, problem.value, problem.expected)
  }
}

async function parse<Output>(
  validate: OutputSchema<Output>['~standard']['validate'],
  text: string,
): Promise<Output> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's error quotes the answer; it is in the result anyway.
    throw new OutputMismatchError('', 'it is not valid JSON')
  }
  const checked = await validateSafely(validate, value)
  if (!checked.issues) return checked.value
  const [issue] = checked.issues
  throw new OutputMismatchError(pathOf(issue), issue?.message ?? 'it was refused')
}

async function validateSafely<Output>(
  validate: OutputSchema<Output>['~standard']['validate'],
  value: unknown,
): Promise<ValidationResult<Output>> {
  try {
    return await validate(value)
  } catch (cause) {
    throw new OutputMismatchError('', 'the schema threw while it checked it', { cause })
  }
}

function pathOf(issue: ValidationIssue | undefined): string {
  const keys = (issue?.path ?? []).map((step) => (typeof step === 'object' ? step.key : step))
  return keys.map(String).join('.')
}
