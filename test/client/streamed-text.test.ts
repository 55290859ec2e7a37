import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamedText } from '../../src/client/streamed-text.js'

describe('A streamed text', () => {
  it('is empty before its first part', () => {
    expect(new StreamedText().toString()).toBe('')
  })

  it('is its parts in their order, whenever it is read', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.boolean())), (steps) => {
        const text = new StreamedText()
        let expected = ''
        for (const [part, isRead] of steps) {
          text.add(part)
          expected += part
          if (isRead) expect(text.toString()).toBe(expected)
        }
        expect(text.toString()).toBe(expected)
      }),
    )
  })

  it('keeps parts that are joined in between, and those that came since', () => {
    const text = new StreamedText()
    const parts = Array.from({ length: 5_000 }, (_, i) => `${i};`)
    for (const part of parts) text.add(part)
    expect(text.toString()).toBe(parts.join(''))
    expect(text.toString()).toBe(parts.join(''))
    text.add('one more')
    expect(text.toString()).toBe(`${parts.join('')}one more`)
  })

  it('joins surrogates that were cut apart', () => {
    const text = new StreamedText()
    text.add('\ud83d')
    text.add('\ude00')
    expect(text.toString()).toBe('😀')
  })
})
