import { isObject, readMember, readNumber } from './read.js'

const LONGEST_TEXT = 16_384
/** Longest wait that is believed, in milliseconds: 400 days. */
const LONGEST_WAIT_MS = 400 * 86_400_000

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const LEAD =
  /\b(?:try again in|retry[- ]after["']?[:=]?|retry in|resets? in|available in|wait)(?: about)? ?["']?/gi
const AMOUNT = /(\d{1,12}(?:\.\d{1,6})?) ?([a-z]{0,12})(?:,? and |, ?| )?/iy
const SECONDS_FIELD =
  /"(?:resets_in_seconds|retry_after|retry_after_seconds)" ?: ?"?(\d{1,12}(?:\.\d{1,6})?)/i
const EPOCH_FIELD = /"resets_at" ?: ?(\d{9,11})\b/i
const HTTP_DATE = /retry-after["']?[:=] ?["']?([a-z]{3}, \d{2} [a-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT)/i

/**
 * Reads how long to wait from the words of a message: `try again in 1.5s`, `retry after 20 seconds`,
 * `resets in 3h`, `retry-after: 7`, `retry-after: <http-date>`, `"resets_in_seconds": 60`. A number without a
 * unit is in seconds. Returns milliseconds, or `undefined` when the message says nothing about it.
 */
export function parseRetryAfter(message: string, now: number): number | undefined {
  const text = message.slice(0, LONGEST_TEXT)
  const date = HTTP_DATE.exec(text)?.[1]
  if (date !== undefined) return untilDate(date, now)
  for (const lead of text.matchAll(LEAD)) {
    const ms = parseDuration(text, lead.index + lead[0].length)
    if (ms !== undefined) return ms
  }
  const seconds = SECONDS_FIELD.exec(text)?.[1]
  if (seconds !== undefined) return bounded(Number(seconds) * 1000)
  const epoch = EPOCH_FIELD.exec(text)?.[1]
  return epoch === undefined ? undefined : bounded(Number(epoch) * 1000 - now)
}

/** Reads how long to wait from the fields of an error: `retryAfterMs`, or `headers` with a `retry-after`. */
export function readRetryAfter(source: unknown, now: number): number | undefined {
  const ms = readNumber(source, 'retryAfterMs')
  if (ms !== undefined) return bounded(ms)
  const headers = readMember(source, 'headers') ?? readMember(readMember(source, 'data'), 'headers')
  const exact = Number(readHeader(headers, 'retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(exact)) return bounded(exact)
  const header = readHeader(headers, 'retry-after')
  if (header === undefined || header.trim() === '') return undefined
  const seconds = Number(header)
  return Number.isNaN(seconds) ? untilDate(header, now) : bounded(seconds * 1000)
}

function parseDuration(text: string, start: number): number | undefined {
  let total: number | undefined
  AMOUNT.lastIndex = start
  // Days, hours, minutes, seconds and milliseconds: no honest text has more parts.
  for (let part = 0; part < 5; part += 1) {
    const match = AMOUNT.exec(text)
    if (match === null) break
    const unit = unitMs(match[2] ?? '', total === undefined)
    if (unit === undefined) break
    total = (total ?? 0) + Number(match[1]) * unit
    if (match[2] === '') break
  }
  return total === undefined ? undefined : bounded(total)
}

function unitMs(word: string, isFirst: boolean): number | undefined {
  const unit = word.toLowerCase()
  if (unit === '') return isFirst ? 1000 : undefined
  if (unit === 'ms' || unit.startsWith('millisecond')) return 1
  const names = /^(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)$/
  return names.test(unit) ? UNIT_MS[unit.charAt(0)] : undefined
}

function readHeader(headers: unknown, name: string): string | undefined {
  const get = readMember(headers, 'get')
  let value = readMember(headers, name) ?? readMember(headers, name === 'retry-after' ? 'Retry-After' : name)
  if (value === undefined && typeof get === 'function' && isObject(headers)) {
    try {
      value = Reflect.apply(get, headers, [name])
    } catch {
      return undefined
    }
  }
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
}

function untilDate(text: string, now: number): number | undefined {
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : bounded(time - now)
}

function bounded(ms: number): number | undefined {
  return Number.isFinite(ms) ? Math.min(Math.max(0, Math.ceil(ms)), LONGEST_WAIT_MS) : undefined
}
