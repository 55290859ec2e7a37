import type { z } from 'zod'
import { RpcError } from '../../rpc/errors.js'
import { describeType } from '../../util/errors.js'

/**
 * Reads the parameters of a request. Throws an {@link RpcError} (-32602) that names the field and says what was
 * expected; values are never quoted, since they may hold secrets.
 */
export function parseParams<S extends z.ZodType>(schema: S, params: unknown): z.output<S> {
  const parsed = schema.safeParse(params)
  if (parsed.success) return parsed.data
  throw RpcError.invalidParams(describe(parsed.error.issues[0] as z.core.$ZodIssue, params))
}

function describe(issue: z.core.$ZodIssue, params: unknown): string {
  const { path } = issue
  const value = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], params)
  if (value === undefined && path.length > 0) return `missing field \`${String(path.at(-1))}\``
  const problem = problemOf(issue, value)
  return path.length === 0 ? problem : `${problem} (field \`${nameOf(path)}\`)`
}

function problemOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_value') {
    const known = issue.values.map((one) => `\`${String(one)}\``)
    const expected = known.length > 1 ? `one of ${known.join(', ')}` : known.join('')
    return typeof value === 'string'
      ? `unknown variant, expected ${expected}`
      : `invalid type: ${typeOf(value)}, expected ${expected}`
  }
  if (issue.code === 'too_big' && typeof value === 'string') return `longer than ${issue.maximum} characters`
  if (issue.code === 'too_small' || issue.code === 'too_big') return 'invalid number'
  const expected = issue.code === 'invalid_type' ? EXPECTED[issue.expected] : undefined
  return `invalid type: ${typeOf(value)}, expected ${expected ?? 'another type'}`
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'a boolean',
  int: 'a whole number',
  number: 'a number',
  array: 'a sequence',
  object: 'a map',
  record: 'a map',
}

function typeOf(value: unknown): string {
  const type = describeType(value)
  return type === 'array' ? 'sequence' : type === 'object' ? 'map' : type
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('.')
}
