import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { classifyFailure, DEFAULT_RETRY, FAILURE_KINDS } from '../../src/failures/index.js'
import { KIND_DEFAULTS } from '../../src/failures/kinds.js'

const page = readFileSync(new URL('../../docs/failures.md', import.meta.url), 'utf8')

/** The cells of the rows whose first cell is a name in backquotes. */
const rows = new Map(
  page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name = '', ...cells]) => [name.replaceAll('`', ''), cells]),
)

it.each(FAILURE_KINDS)('documents %s and whether a retry can help', (kind) => {
  const retry = rows.get(kind)?.[1] ?? ''
  expect(retry.split(/[;,]/)[0]).toBe(KIND_DEFAULTS[kind].retryable ? 'yes' : 'no')
})

it.each(Object.entries(DEFAULT_RETRY))('documents the default of %s', (option, value) => {
  expect(rows.get(option)?.[0]).toBe(value.toLocaleString('en-US'))
})

it.each([
  'PROVIDER_UNREACHABLE',
  'CODEX_HOME_UNREADABLE',
  'CODEX_HOME_UNSAFE',
  'CODEX_HOME_OCCUPIED',
  'CODEX_HOME_UNWRITABLE',
])('documents the kind of %s', (code) => {
  const { kind } = classifyFailure(Object.assign(new Error('failed'), { code }))
  expect(rows.get(code)?.[0]).toBe(`\`${kind}\``)
})

it.each(['failureOf', 'onRetry', 'context', 'signal', 'retryUnsafe'])('documents the option %s', (option) => {
  expect(rows.has(option)).toBe(true)
})
