import { describe, expect, it } from 'vitest'
import { classifyFailure } from '../../src/failures/index.js'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const IN_90_S = 'Thu, 01 Jan 2026 00:01:30 GMT'

function waitOf(cause: unknown): number | undefined {
  return classifyFailure(cause, { now: NOW }).retryAfterMs
}

const busy = (more: object) => ({ message: 'busy', codexErrorInfo: 'rateLimitExceeded', ...more })

describe('the wait that a text asks for', () => {
  it.each([
    ['Please try again in 1.5s.', 1500],
    ['try again in 250ms', 250],
    ['Try again in 20 seconds', 20_000],
    ['please retry after 20 seconds.', 20_000],
    ['retry after 20', 20_000],
    ['Retry-After: 7', 7000],
    ['"retry-after": "7"', 7000],
    ['retry in about 2 minutes', 120_000],
    ['the limit resets in 3h', 10_800_000],
    ['reset in 1h30m', 5_400_000],
    ['try again in 1m2.5s', 62_500],
    ['try again in 2 days 3 hours 5 minutes', 183_900_000],
    ['try again in 1 day, 1 hour and 1 minute', 90_060_000],
    [`retry-after: ${IN_90_S}`, 90_000],
    ['retry-after: Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['{"error":{"resets_in_seconds": 60}}', 60_000],
    [`{"error":{"resets_at": ${NOW / 1000 + 30}}}`, 30_000],
    ['try again in 999999999999 days', 400 * 86_400_000],
  ])('%s', (text, ms) => {
    expect(waitOf(busy({ message: text }))).toBe(ms)
    expect(waitOf(busy({ additionalDetails: text }))).toBe(ms)
  })

  it.each([
    'try again later',
    'try again in a while',
    'retry in 5 fortnights',
    'waiting for network',
    'in 5 s',
  ])('nothing: %s', (text) => {
    expect(waitOf(busy({ message: text }))).toBeUndefined()
  })
})

describe('the wait that fields ask for', () => {
  it.each([
    ['retryAfterMs', { retryAfterMs: 12 }, 12],
    ['a header in seconds', { headers: { 'retry-after': '3' } }, 3000],
    ['a header in upper case', { headers: { 'Retry-After': 3 } }, 3000],
    ['a header that is a date', { headers: { 'retry-after': IN_90_S } }, 90_000],
    ['a header in milliseconds', { headers: { 'retry-after-ms': '40', 'retry-after': '1' } }, 40],
    ['headers of fetch', { headers: new Headers({ 'retry-after': '3' }) }, 3000],
    ['headers in the data', { data: { headers: { 'retry-after': '3' } } }, 3000],
    ['a negative wait', { retryAfterMs: -5 }, 0],
    ['a header that says nothing', { headers: { 'retry-after': 'soon' } }, undefined],
    ['headers that cannot be read', { headers: { get: () => 1n } }, undefined],
  ])('%s', (_title, fields, ms) => {
    expect(waitOf(busy(fields))).toBe(ms)
  })
})
