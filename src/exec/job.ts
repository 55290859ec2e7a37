import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { DEFAULT_MAX_LINE_BYTES } from '../framing/json-line-reader.js'
import { checkStrictMode, type OutputSchema, prepareOutput } from '../output/structured-output.js'
import { buildEnvironment, DEFAULT_TAIL_BYTES, type TerminateOptions } from '../process/index.js'
import { InvalidInputError } from '../util/errors.js'
import { execArgs } from './args.js'
import {
  DEFAULT_EVENT_BYTES,
  DEFAULT_EXEC_TERMINATION,
  DEFAULT_EXIT_GRACE_MS,
  type ExecLimits,
  type ExecRequest,
} from './request.js'

/** A request, checked and complete. */
export interface ExecJob<Output> {
  readonly request: ExecRequest<Output>
  /** Absolute. */
  readonly cwd: string
  /** All that the child gets to see of the environment. */
  readonly env: Readonly<Record<string, string>>
  readonly isJson: boolean
  readonly schema: Readonly<Record<string, unknown>> | undefined
  /** Checks the answer, when the schema can. Rejects with `OutputMismatchError`. */
  readonly parse: ((answer: string) => Promise<Output>) | undefined
  readonly timeoutMs: number
  readonly exitGraceMs: number
  readonly termination: TerminateOptions
  readonly limits: { readonly [Name in keyof ExecLimits]-?: number }
}

/** Checks a request. Throws {@link InvalidInputError} naming the member that is wrong. */
export async function readJob<Output>(value: unknown): Promise<ExecJob<Output>> {
  const { readRequest } = await import('./request-schema.js')
  const request = readRequest<Output>(value)
  // Checks the combinations and the configuration too.
  execArgs(request, {})
  const cwd = resolve(request.cwd ?? '.')
  const env = buildEnvironment({ env: request.env })
  const output = readSchema(request.outputSchema)
  await checkImages(request.images ?? [], cwd)
  return {
    request,
    cwd,
    env,
    isJson: request.json ?? true,
    ...output,
    timeoutMs: request.timeoutMs ?? Number.POSITIVE_INFINITY,
    exitGraceMs: request.exitGraceMs ?? DEFAULT_EXIT_GRACE_MS,
    termination: { ...DEFAULT_EXEC_TERMINATION, ...present(request.termination), stdinGraceMs: 0 },
    limits: {
      stdoutTailBytes: DEFAULT_TAIL_BYTES,
      stderrTailBytes: DEFAULT_TAIL_BYTES,
      eventBytes: DEFAULT_EVENT_BYTES,
      lineBytes: DEFAULT_MAX_LINE_BYTES,
      ...present(request.limits),
    },
  }
}

function readSchema<Output>(
  schema: ExecRequest<Output>['outputSchema'],
): Pick<ExecJob<Output>, 'schema' | 'parse'> {
  if (schema === undefined) return { schema: undefined, parse: undefined }
  if ('~standard' in schema) {
    const { jsonSchema, parse } = prepareOutput(schema as OutputSchema<Output>, 'outputSchema')
    return { schema: jsonSchema, parse }
  }
  checkStrictMode('outputSchema', schema)
  return { schema: plain(schema), parse: undefined }
}

/** As it is written to a file for Codex. The caller may go on to change its own. */
function plain(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(JSON.stringify(schema))
  } catch (cause) {
    throw new InvalidInputError('outputSchema', schema, 'a JSON schema that can be written as JSON', {
      cause,
    })
  }
}

/** Codex would go on without an image that it cannot read, and tell nobody but the model. */
async function checkImages(images: readonly string[], cwd: string): Promise<void> {
  for (const [index, image] of images.entries()) {
    const path = resolve(cwd, image)
    try {
      await access(path, constants.R_OK)
      if ((await stat(path)).isFile()) continue
    } catch (cause) {
      throw new InvalidInputError(`images[${index}]`, image, 'a file that can be read', { cause })
    }
    throw new InvalidInputError(`images[${index}]`, image, 'a file')
  }
}

type Present<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> }

/** Without the members that are `undefined`, which stand for the default. */
function present<T extends object>(options: T | undefined): Present<T> {
  const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Present<T>
}
