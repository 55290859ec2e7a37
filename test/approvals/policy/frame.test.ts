import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Frame } from '../../../src/approvals/policy/frame.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

const UNITS = ['a', 'b', '.', ' ', '\n', '\u00fc', '\u6f22', '\u{1f600}', '\u2502']
const texts = fc.string({ unit: fc.constantFrom(...UNITS), maxLength: 200 })
const widths = fc.integer({ min: 20, max: 100 })

function frameOf(columns: number): Frame {
  const frame = Frame.for(columns)
  if (!frame) throw new Error('too narrow')
  return frame
}

/** Lines without their margin, which each of them must have; at most as wide as the screen. */
function linesOf(shown: string, columns: number): string[] {
  expect(shown.endsWith('\n')).toBe(true)
  return shown
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      expect(line).toMatch(/^ {2}[\u250c\u2502] /)
      expect([...line].length + (line.match(/[\u6f22\u{1f600}]/gu)?.length ?? 0)).toBeLessThan(columns)
      return line.slice(4)
    })
}

describe('a frame', () => {
  it('has the margin on every line, keeps within the screen, and loses and adds no character', () => {
    fc.assert(
      fc.property(texts, widths, (text, columns) => {
        const frame = frameOf(columns)
        const whole = text.replaceAll('\n', '')
        expect(linesOf(frame.text(text), columns).join('')).toBe(whole)
        expect(linesOf(frame.title(text), columns).join('')).toBe(whole)
        const indent = columns < 22 ? 0 : 'label'.length + 2
        const beside = linesOf(frame.details([{ label: 'label', text }]), columns)
        expect(beside.map((line) => line.slice(indent)).join('')).toBe(indent === 0 ? `label${whole}` : whole)
      }),
    )
  })

  it('puts texts beside one another where they fit', () => {
    const choices = ['[y] yes', '[n] no']
    expect(frameOf(30).row(choices)).toBe('  \u2502 [y] yes  [n] no\n')
    expect(frameOf(20).row(choices)).toBe('  \u2502 [y] yes  [n] no\n')
    expect(frameOf(20).row([...choices, 'x'])).toBe('  \u2502 [y] yes\n  \u2502 [n] no\n  \u2502 x\n')
  })

  it.each([undefined, 0, -1, Number.NaN, '40', 1.5])(
    'is for 80 columns where a screen tells %j',
    (columns) => {
      expect(Frame.for(columns)?.text('x'.repeat(76))).toBe(`  \u2502 ${'x'.repeat(75)}\n  \u2502 x\n`)
    },
  )

  it('is not to be had for fewer than 20 columns', () => {
    expect(Frame.for(19)).toBeUndefined()
    expect(Frame.for(20)).toBeDefined()
  })
})
