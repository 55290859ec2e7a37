import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cursor } from '../../src/redaction/cursor.js'
import { createRedactor } from '../../src/redaction/index.js'
import { FAKE } from './fragments.js'

const UNITS = [
  'The quick brown fox jumps over the lazy dog. ',
  '2025-01-02T03:04:05.678Z  INFO codex_core: running `ls -la` in /repo\n',
  'sk-',
  'sk-a ',
  'xsk-proj-',
  'eyJ',
  `${'ey'}Jabcdefghij.`,
  '-----BEGIN ',
  `-----BEGIN ${'PRIVATE'} KEY-----`,
  '-',
  '\\-',
  '://',
  '://a:b/',
  '://TOKEN=?',
  '[redacted]@',
  'token=',
  'token = ',
  'pass=ab1(',
  'password:x(',
  'password hunter22 ',
  'password="',
  '\\',
  '\\"',
  'a-',
  '_',
  '%3D',
  '\u001b[',
  'curl -u ',
  'curl -u bob:',
  'API key ',
  'API key: ab*',
  'Authorization: Bearer\n ',
  'login password ',
  `${FAKE.openai} `,
]
const SIZE = 20_000

/** How often the rules look at a character; the rest of the work is one pass over the text. */
let looks = 0
const { at } = Cursor.prototype

beforeEach(() => {
  looks = 0
  Cursor.prototype.at = function counted(index: number): number {
    looks += 1
    return at.call(this, index)
  }
})
afterEach(() => {
  Cursor.prototype.at = at
})

function looksAt(text: string, chunk: number): number {
  looks = 0
  const stream = createRedactor().stream()
  for (let index = 0; index < text.length; index += chunk) stream.push(text.slice(index, index + chunk))
  stream.flush()
  return looks
}

describe('the work of a redactor', () => {
  it.each(UNITS)('grows no faster than a text made of %j', (unit) => {
    const long = unit.repeat(Math.ceil((2 * SIZE) / unit.length)).slice(0, 2 * SIZE)
    const short = long.slice(0, SIZE)
    for (const chunk of [2 * SIZE, 4096]) {
      expect(looksAt(long, chunk)).toBeLessThanOrEqual(2.1 * looksAt(short, chunk) + 20_000)
    }
  })
})
