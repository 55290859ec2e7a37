import type { Redactor } from '../../redaction/index.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkOneOf, checkOptions } from '../../util/validate.js'
import { EVENT_LEVELS, type LogEvent, type NewEvent } from './event.js'

/** An event that has no number yet. */
export type EventBody = Omit<LogEvent, 'seq' | 'gap'>

const MAX_TYPE_LENGTH = 200

/** Checks an event and copies it without its secrets. Throws `InvalidInputError` naming the member. */
export function toBody(event: NewEvent, redactor: Redactor, time: string): EventBody {
  if (event === null || event === undefined) throw new InvalidInputError('event', event, 'an event')
  checkOptions('event', event)
  const { level = 'info', type, message, detail } = event
  checkOneOf('level', level, EVENT_LEVELS)
  if (typeof type !== 'string' || type === '' || type.length > MAX_TYPE_LENGTH) {
    throw new InvalidInputError('type', type, `a text of 1 to ${MAX_TYPE_LENGTH} characters`)
  }
  if (typeof message !== 'string') throw new InvalidInputError('message', message, 'a string')
  const body = { time, level, type: redactor.redact(type), message: redactor.redact(message) }
  return detail === undefined ? body : { ...body, detail: redactor.redactJson(detail) }
}

/** An event and its line. One that would take more than `maxBytes` loses its detail, then most of its message. */
export function numberEvent(
  body: EventBody,
  seq: number,
  maxBytes: number,
): { event: LogEvent; line: Buffer } {
  const whole = lineOf({ seq, ...body })
  if (whole.line.length <= maxBytes) return whole
  const { detail, ...rest } = body
  const omittedBytes = Buffer.byteLength(JSON.stringify(detail) ?? '')
  const short = detail === undefined ? { seq, ...rest } : { seq, ...rest, detail: { omittedBytes } }
  const brief = lineOf(short)
  if (brief.line.length <= maxBytes) return brief
  // A character takes at most six bytes in JSON.
  return lineOf({ ...short, message: `${rest.message.slice(0, Math.floor(maxBytes / 8))}…` })
}

/** Reads the line of an event without its line feed; `undefined` when it is none. */
export function readEventLine(line: Buffer): LogEvent | undefined {
  let value: unknown
  try {
    value = JSON.parse(line.toString('utf8'))
  } catch {
    return undefined
  }
  return isEvent(value) ? value : undefined
}

function lineOf(event: LogEvent): { event: LogEvent; line: Buffer } {
  return { event: freeze(event), line: Buffer.from(`${JSON.stringify(event)}\n`) }
}

function isEvent(value: unknown): value is LogEvent {
  if (typeof value !== 'object' || value === null) return false
  const { seq, time, level, type, message } = value as Record<string, unknown>
  const texts = [time, level, type, message]
  return Number.isSafeInteger(seq) && (seq as number) > 0 && texts.every((text) => typeof text === 'string')
}

/** Listeners share an event: none of them may change it for the others. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) freeze(inner)
  return Object.freeze(value)
}
