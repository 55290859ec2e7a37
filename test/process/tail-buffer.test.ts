import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_TAIL_BYTES, lastBytes, TailBuffer } from '../../src/process/tail-buffer.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

test('the bytes kept are exactly the last ones, however they were cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40 }),
      fc.array(fc.uint8Array({ maxLength: 60 })),
      (capacity, chunks) => {
        const tail = new TailBuffer(capacity)
        for (const chunk of chunks) tail.write(chunk)
        const all = Buffer.concat(chunks)
        expect(tail.bytes()).toEqual(all.subarray(Math.max(0, all.length - capacity)))
        expect(tail.totalBytes).toBe(all.length)
        expect(tail.truncated).toBe(all.length > capacity)
      },
    ),
  )
})

test('the text holds whole characters only, wherever the cut falls', () => {
  const text = 'aé漢😀'.repeat(20)
  for (let capacity = 0; capacity < 60; capacity += 1) {
    const tail = new TailBuffer(capacity)
    tail.write(Buffer.from(text))
    expect(text.endsWith(tail.text())).toBe(true)
    expect(Buffer.byteLength(tail.text())).toBeGreaterThan(capacity - 4)
  }
})

test('a character whose last bytes have not come is left out until they have', () => {
  const bytes = Buffer.from('ok 😀')
  const tail = new TailBuffer()
  tail.write(bytes.subarray(0, 5))
  expect(tail.text()).toBe('ok ')
  tail.write(bytes.subarray(5))
  expect(tail.text()).toBe('ok 😀')
})

test('colour codes are removed', () => {
  const tail = new TailBuffer()
  tail.write(Buffer.from('\u001b[1;31merror\u001b[0m: no'))
  expect(tail.text()).toBe('error: no')
})

test('a chunk can be reused by its owner after it was written', () => {
  const chunk = Buffer.from('before')
  const tail = new TailBuffer()
  tail.write(chunk)
  chunk.fill('x')
  expect(tail.text()).toBe('before')
})

test('a million tiny chunks are kept within the capacity', () => {
  const tail = new TailBuffer()
  const chunk = Buffer.from('ab')
  for (let index = 0; index < 1_000_000; index += 1) tail.write(chunk)
  expect(tail.totalBytes).toBe(2_000_000)
  expect(tail.bytes()).toHaveLength(DEFAULT_TAIL_BYTES)
})

test('the last bytes of a text start at a character', () => {
  expect(lastBytes('abc', 10)).toBe('abc')
  expect(lastBytes('abc', 2)).toBe('bc')
  expect(lastBytes('a😀b', 4)).toBe('b')
  expect(lastBytes('a😀b', 5)).toBe('😀b')
  expect(lastBytes('abcdef', 10, 4)).toBe('ef')
})
