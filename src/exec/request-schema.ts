import { z } from 'zod'
import { InvalidInputError } from '../util/errors.js'
import { LONGEST_TIMER_MS } from '../util/longest-timer.js'
import { isSignalLike } from '../util/validate.js'
import type { ExecRequest } from './request.js'

/**
 * What a request looks like, as far as single members tell. The message of each member says what is accepted.
 * Loaded with the first run: zod costs more to load than the rest of this entry.
 */

const LARGEST_TAIL_BYTES = 64 * 1024 * 1024
const LARGEST_LINE_BYTES = 512 * 1024 * 1024
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const words = (expected: string) => ({ error: expected })

function text(expected = 'a non-empty string without NUL bytes') {
  return z.string(words(expected)).refine((value) => value !== '' && !value.includes('\0'), words(expected))
}

function matching(pattern: RegExp, expected: string) {
  return z.string(words(expected)).regex(pattern, words(expected))
}

function integer(min: number, max: number) {
  const expected = `a whole number from ${min} to ${max}`
  return z.int(words(expected)).min(min, words(expected)).max(max, words(expected))
}

function list<Item extends z.ZodType>(item: Item, expected: string) {
  return z.array(item, words(expected))
}

function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, words(`one of ${names.map((name) => `'${name}'`).join(', ')}`))
}

function anyObject(expected: string) {
  return z.custom<object>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    words(expected),
  )
}

const boolean = z.boolean(words('a boolean'))
const path = text()
const time = integer(0, LONGEST_TIMER_MS)
const tail = integer(0, LARGEST_TAIL_BYTES)

const timeout = z
  .custom<number>()
  .refine(
    (value) => typeof value === 'number' && (value === Infinity || (value > 0 && value <= LONGEST_TIMER_MS)),
    words(`a number of milliseconds above 0 and up to ${LONGEST_TIMER_MS}, or Infinity`),
  )

const signal = z.custom<AbortSignal>(isSignalLike, words('an AbortSignal'))

const review = z.union(
  [
    z.strictObject({ uncommitted: z.literal(true) }),
    z.strictObject({ base: text() }),
    z.strictObject({ commit: text(), title: text().optional() }),
    z.strictObject({
      instructions: z.string().refine((value) => value.trim() !== '', words('a text that is not blank')),
    }),
  ],
  words('{ uncommitted: true }, { base }, { commit, title? } or { instructions }, each a non-empty string'),
)

const request = z.strictObject(
  {
    prompt: z.string(words('a string')).optional(),
    cwd: path.optional(),
    model: text().optional(),
    profile: text().optional(),
    sandbox: oneOf(['read-only', 'workspace-write', 'danger-full-access']).optional(),
    config: anyObject('an object of settings').optional(),
    configOverrides: list(
      matching(/^[^\s=\0-][^=\0]*=[^\0]*$/, 'a text such as `key=value`'),
      'a list of texts such as `key=value`',
    ).optional(),
    additionalWritableDirectories: list(path, 'a list of paths').optional(),
    images: list(
      matching(/^[^,\0]+$/, 'a path without a comma: Codex takes it for the end of the path'),
      'a list of paths',
    ).optional(),
    outputSchema: anyObject('a zod schema (zod 4.2 or later) or a JSON schema').optional(),
    outputLastMessage: path.optional(),
    json: boolean.optional(),
    color: oneOf(['always', 'never', 'auto']).optional(),
    ephemeral: boolean.optional(),
    skipGitRepoCheck: boolean.optional(),
    // For a name that it does not know, Codex begins a new session and says nothing.
    resume: z
      .string(words("the id of a session (a UUID) or 'last'"))
      .refine(
        (value) => value === 'last' || UUID.test(value),
        words("the id of a session (a UUID) or 'last'"),
      )
      .optional(),
    resumeFromAnyFolder: boolean.optional(),
    fork: matching(UUID, 'the id of a session (a UUID)').optional(),
    review: review.optional(),
    env: anyObject('an object of variables').optional(),
    cliPath: path.optional(),
    timeoutMs: timeout.optional(),
    signal: signal.optional(),
    purpose: z.string(words('a string')).optional(),
    metadata: anyObject('an object').optional(),
    onSpawn: z
      .custom<(pid: number) => unknown>((value) => typeof value === 'function', words('a function'))
      .optional(),
    termination: z
      .strictObject(
        {
          interruptGraceMs: time.optional(),
          termGraceMs: time.optional(),
          killGraceMs: time.optional(),
          drainGraceMs: time.optional(),
        },
        words('an object of times'),
      )
      .optional(),
    exitGraceMs: time.optional(),
    limits: z
      .strictObject(
        {
          stdoutTailBytes: tail.optional(),
          stderrTailBytes: tail.optional(),
          eventBytes: integer(0, Number.MAX_SAFE_INTEGER).optional(),
          lineBytes: integer(1, LARGEST_LINE_BYTES).optional(),
        },
        words('an object of limits'),
      )
      .optional(),
  },
  words('an object'),
)

/** Checks each member of a request. Throws {@link InvalidInputError} naming the first that is wrong. */
export function readRequest<Output>(value: unknown): ExecRequest<Output> {
  const { success, data, error } = request.safeParse(value)
  if (success) return data as ExecRequest<Output>
  const [issue] = error.issues
  const path = [
    ...(issue?.path ?? []),
    ...(issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []),
  ]
  throw new InvalidInputError(
    nameOf(path),
    path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null)?.[key], value),
    issue?.code === 'unrecognized_keys' ? 'no option of this name' : (issue?.message ?? 'something else'),
  )
}

function nameOf(path: readonly PropertyKey[]): string {
  const name = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  return name === '' ? 'request' : name.replace(/^\./, '')
}
