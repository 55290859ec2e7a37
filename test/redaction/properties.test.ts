import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor, redact } from '../../src/redaction/index.js'
import { cutText, hostileText } from './fragments.js'

const values = ['hunter2', 'ed]ab', 'abab', 'redacted', 'p@ss "w/ord"', 'wxyz[re', 'abcdabcd']
const registered = createRedactor({ values })
const runs = { numRuns: 3000, seed: 7 }

describe('redact', () => {
  it('changes nothing when it is applied to its own output', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const once = redact(text)
        expect(redact(once)).toBe(once)
      }),
      runs,
    )
  })

  it('changes nothing when it is applied to its own output with registered values', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const once = registered.redact(text)
        expect(registered.redact(once)).toBe(once)
      }),
      runs,
    )
  })

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => typeof redact(text) === 'string'),
    )
  })
})

describe('a redaction stream', () => {
  it('gives the same text however it is cut', () => {
    fc.assert(
      fc.property(cutText, (chunks) => {
        const stream = createRedactor().stream()
        const out = chunks.map((chunk) => stream.push(chunk)).join('') + stream.flush()
        expect(out).toBe(redact(chunks.join('')))
      }),
      runs,
    )
  })

  it('gives the same text however it is cut with registered values', () => {
    fc.assert(
      fc.property(cutText, (chunks) => {
        const stream = registered.stream()
        const out = chunks.map((chunk) => stream.push(chunk)).join('') + stream.flush()
        expect(out).toBe(registered.redact(chunks.join('')))
      }),
      runs,
    )
  })
})
