import { redactJson } from '../../redaction/index.js'
import { type Difference, kindOf } from './compare.js'
import { TranscriptMismatchError } from './errors.js'
import { lineOf } from './format.js'

const MAX_VALUE_CHARACTERS = 80
const MAX_MESSAGE_CHARACTERS = 600
const MAX_DIFFERENCES = 20

/** A message that a transcript expects, and the entry it comes from. */
export interface Expected {
  readonly entry: number
  readonly message: object
}

/** The error for a message that is not what the transcript has; it shows both, without secrets. */
export function mismatch(
  expected: Expected | undefined,
  sent: object,
  differences: readonly Difference[],
): TranscriptMismatchError {
  const received = redactJson(sent)
  if (!expected) {
    const text = [
      `the transcript has nothing more to be sent, but ${describe(sent)} was`,
      `+ ${show(received)}`,
    ]
    return error(text, { line: undefined, expected: undefined, received, differences: [] })
  }
  const line = lineOf(expected.entry)
  const recorded = redactJson(expected.message)
  const cleaned = redactJson(differences) as readonly Difference[]
  const heading =
    differences.length > 0
      ? `${describe(sent)} differs from line ${line} of the transcript`
      : `${describe(sent)} was sent where line ${line} of the transcript has ${describe(expected.message)}`
  const text = [
    heading,
    ...cleaned.slice(0, MAX_DIFFERENCES).map((one) => `  ${explain(one)}`),
    ...(cleaned.length > MAX_DIFFERENCES ? [`  and ${cleaned.length - MAX_DIFFERENCES} more`] : []),
    `- ${show(recorded)}`,
    `+ ${show(received)}`,
  ]
  return error(text, { line, expected: recorded, received, differences: cleaned })
}

function error(
  text: readonly string[],
  about: Pick<TranscriptMismatchError, 'line' | 'expected' | 'received' | 'differences'>,
): TranscriptMismatchError {
  return new TranscriptMismatchError(text.join('\n'), about)
}

/** What a message is, in a few words. */
export function describe(message: object): string {
  const { id, method, error: failure } = message as { id?: unknown; method?: unknown; error?: unknown }
  if (typeof method === 'string') return `the ${id === undefined ? 'notification' : 'request'} ${method}`
  return `the ${failure === undefined ? 'result' : 'error'} for the request ${JSON.stringify(id) ?? 'without id'}`
}

function explain({ path, difference, recorded, sent }: Difference): string {
  switch (difference) {
    case 'missing':
      return `${path}: recorded ${showValue(recorded)}, not sent`
    case 'unexpected':
      return `${path}: not recorded, sent ${showValue(sent)}`
    default:
      return `${path}: recorded ${showValue(recorded)}, sent ${showValue(sent)}`
  }
}

function showValue(value: unknown): string {
  const text = cut(JSON.stringify(value) ?? 'nothing', MAX_VALUE_CHARACTERS)
  return Array.isArray(value) ? `a ${kindOf(value)} of ${value.length} ${text}` : `${text} (${kindOf(value)})`
}

function show(message: unknown): string {
  return cut(JSON.stringify(message), MAX_MESSAGE_CHARACTERS)
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
