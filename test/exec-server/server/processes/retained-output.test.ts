import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OutputPool } from '../../../../src/exec-server/server/processes/output-pool.js'
import { RetainedOutput } from '../../../../src/exec-server/server/processes/retained-output.js'

const filled = (sizes: readonly number[], maxBytes: number, maxChunks: number) => {
  const output = new RetainedOutput(maxBytes, maxChunks, new OutputPool(Infinity))
  for (const [index, size] of sizes.entries()) output.add(index + 1, 'stdout', Buffer.alloc(size))
  return output
}
const seqs = (output: RetainedOutput, after: number, maxBytes?: number) =>
  output.after(after, maxBytes).map(({ seq }) => seq)

describe('the output that is kept', () => {
  it('is what fits, newest last', () => {
    expect(seqs(filled([4, 4, 4], 8, 10), 0)).toEqual([2, 3])
    expect(seqs(filled([1, 1, 1, 1], 100, 3), 0)).toEqual([2, 3, 4])
    expect(seqs(filled([1, 100], 8, 10), 0)).toEqual([])
  })

  it('is read from a number on, at most so many bytes but at least one chunk', () => {
    const output = filled([4, 4, 4], 100, 10)
    expect(seqs(output, 1)).toEqual([2, 3])
    expect(seqs(output, 0, 0)).toEqual([1])
    expect(seqs(output, 0, 7)).toEqual([1])
    expect(seqs(output, 0, 8)).toEqual([1, 2])
    expect(seqs(output, 3)).toEqual([])
  })

  it('is always the longest tail within both limits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20), { maxLength: 200 }),
        fc.nat(60),
        fc.integer({ min: 0, max: 12 }),
        fc.nat(200),
        (sizes, maxBytes, maxChunks, after) => {
          let [bytes, first] = [0, sizes.length]
          while (
            first > 0 &&
            sizes.length - first < maxChunks &&
            bytes + (sizes[first - 1] ?? 0) <= maxBytes
          ) {
            first -= 1
            bytes += sizes[first] ?? 0
          }
          const expected = sizes.map((_, index) => index + 1).slice(first)
          const output = filled(sizes, maxBytes, maxChunks)
          expect(output.bytes).toBe(bytes)
          expect(seqs(output, after)).toEqual(expected.filter((seq) => seq > after))
        },
      ),
    )
  })

  it('does not keep the long buffer that a short chunk was cut from', () => {
    const output = new RetainedOutput(100, 10, new OutputPool(Infinity))
    output.add(1, 'stdout', Buffer.from(new ArrayBuffer(65_536), 10, 3).fill('abc'))
    const [chunk] = output.after(0)
    expect(chunk?.bytes.toString()).toBe('abc')
    expect(chunk?.bytes.buffer.byteLength).toBe(3)
  })
})
