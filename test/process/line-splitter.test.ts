import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter, LONGEST_LINE } from '../../src/process/line-splitter.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.write(chunk)
  splitter.end()
  return lines
}

test('lines are the same however the bytes were cut', () => {
  const bytes = Buffer.from('first\r\n\nzwölf 😀\nlast')
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length]
      const chunks = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end))
      expect(split(chunks)).toEqual(['first', '', 'zwölf 😀', 'last'])
    }),
  )
})

test('a line that never ends arrives in pieces', () => {
  const chunk = Buffer.alloc(50_000, 'x')
  expect(split([chunk, chunk, chunk]).map((line) => line.length)).toEqual([
    LONGEST_LINE,
    LONGEST_LINE,
    150_000 - 2 * LONGEST_LINE,
  ])
})
