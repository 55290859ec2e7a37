import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineFramer } from '../../src/framing/line-framer.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

const KIB = 1024
const MIB = 1024 * KIB

interface Found {
  readonly lines: string[]
  readonly oversize: { readonly head: string; readonly bytes: number }[]
}

function frame(chunks: Iterable<Uint8Array>, maxLineBytes = 128 * MIB, flush = true): Found {
  const found: Found = { lines: [], oversize: [] }
  const framer = new LineFramer(
    {
      line: (bytes, start, end) => found.lines.push(Buffer.from(bytes.subarray(start, end)).toString()),
      oversize: (head, bytes) => found.oversize.push({ head: Buffer.from(head).toString(), bytes }),
    },
    maxLineBytes,
  )
  for (const chunk of chunks) framer.push(chunk)
  if (flush) framer.flush()
  return found
}

function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('lines', () => {
  test.each([
    ['ASCII', '{"a":1}'],
    ['two bytes a character', '{"a":"éß"}'],
    ['three bytes a character', '{"a":"€ह"}'],
    ['four bytes a character', '{"a":"😀𐍈"}'],
  ])('a line of %s may be split at every byte', (_, line) => {
    const bytes = Buffer.from(`${line}\nnext\n`)
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(frame([bytes.subarray(0, at), bytes.subarray(at)]).lines).toEqual([line, 'next'])
    }
    expect(frame(pieces(bytes, 1)).lines).toEqual([line, 'next'])
  })

  test('a chunk may hold several lines and the halves of others', () => {
    expect(frame([Buffer.from('a\nb\nc'), Buffer.from('d\n\ne\nf')]).lines).toEqual([
      'a',
      'b',
      'cd',
      '',
      'e',
      'f',
    ])
  })

  test('the last line may lack its line feed, and is held back until the end', () => {
    const bytes = [Buffer.from('a\nb')]
    expect(frame(bytes, MIB, false).lines).toEqual(['a'])
    expect(frame(bytes).lines).toEqual(['a', 'b'])
  })

  test('only U+000A ends a line', () => {
    const line = 'a\u2028b\u2029c\u0085d\re\u000bf'
    expect(frame([Buffer.from(`${line}\n`)]).lines).toEqual([line])
  })

  test('an empty chunk changes nothing', () => {
    expect(frame([Buffer.from('a'), Buffer.alloc(0), Buffer.from('b\n'), Buffer.alloc(0)]).lines).toEqual([
      'ab',
    ])
  })

  test('plain typed arrays are taken as well as buffers', () => {
    expect(frame([new TextEncoder().encode('a\nb\n')]).lines).toEqual(['a', 'b'])
  })

  test('any chunking finds the same lines', () => {
    const text = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 12 })
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(text, sizes, fc.integer({ min: 1, max: 60 }), (lines, lengths, limit) => {
        const bytes = Buffer.from(lines.join('\n'))
        const chunks: Uint8Array[] = []
        for (let at = 0, i = 0; at < bytes.length; i += 1) {
          const size = lengths[i % lengths.length] as number
          chunks.push(bytes.subarray(at, at + size))
          at += size
        }
        expect(frame(chunks, limit)).toEqual(frame([bytes], limit))
      }),
    )
  })
})

describe('long lines', () => {
  /** Counts the bytes that are moved while the lines are read. */
  function bytesCopied(run: () => void): number {
    const original = Uint8Array.prototype.set
    let copied = 0
    Uint8Array.prototype.set = function (source: ArrayLike<number>, offset?: number) {
      copied += source.length
      original.call(this, source, offset)
    }
    try {
      run()
    } finally {
      Uint8Array.prototype.set = original
    }
    return copied
  }

  test.each([
    ['64 KB', 64 * KIB],
    ['4 KB', 4 * KIB],
  ])('a line of 20 MB in chunks of %s is gathered in linear work', (_, size) => {
    const line = Buffer.alloc(20 * MIB, 'x')
    const bytes = Buffer.concat([line, Buffer.from('\nnext\n')])
    let found = 0
    let nextLine = ''
    const framer = new LineFramer(
      {
        line: (scratch, start, end) => {
          if (end - start === line.length) found = Buffer.compare(line, scratch.subarray(start, end)) + 1
          else nextLine = Buffer.from(scratch.subarray(start, end)).toString()
        },
        oversize: () => {},
      },
      128 * MIB,
    )
    const copied = bytesCopied(() => {
      for (const piece of pieces(bytes, size)) framer.push(piece)
    })
    expect([found, nextLine]).toEqual([1, 'next'])
    // Each byte once into the buffer, and at most twice more while the buffer grows by doubling.
    expect(copied).toBeLessThan(3 * bytes.length)
  })

  test('lines that are whole in their chunk are not copied', () => {
    const bytes = Buffer.from('{"a":1}\n'.repeat(1000))
    expect(bytesCopied(() => frame([bytes]))).toBe(0)
  })
})

describe('lines over the limit', () => {
  const limit = 1000

  test.each([
    ['in one chunk', 4000],
    ['across chunks', 300],
    ['byte by byte', 1],
  ])('a line of the limit is read and one of a byte more is skipped, %s', (_, size) => {
    const bytes = Buffer.from(`${'a'.repeat(limit)}\n${'b'.repeat(limit + 1)}\nnext\n`)
    expect(frame(pieces(bytes, size), limit)).toEqual({
      lines: ['a'.repeat(limit), 'next'],
      oversize: [{ head: 'b'.repeat(512), bytes: limit + 1 }],
    })
  })

  test.each([1, 3, 20, 64])(
    'the head is as long as the line when that is shorter, in chunks of %i',
    (size) => {
      expect(frame(pieces(Buffer.from(`${'c'.repeat(20)}\nnext`), size), 5)).toEqual({
        lines: ['next'],
        oversize: [{ head: 'c'.repeat(20), bytes: 20 }],
      })
    },
  )

  test('the head is whole though the limit and the chunks are smaller than it', () => {
    const line = Array.from({ length: 600 }, (_, i) => String(i % 10)).join('')
    expect(frame(pieces(Buffer.from(`${line}\n`), 7), 10).oversize).toEqual([
      { head: line.slice(0, 512), bytes: 600 },
    ])
  })

  test('a line that the end cuts off counts too', () => {
    expect(frame([Buffer.from('d'.repeat(11))], 10)).toEqual({
      lines: [],
      oversize: [{ head: 'd'.repeat(11), bytes: 11 }],
    })
  })

  test('what was gathered of it is let go as soon as it is known to be too long', () => {
    const kept = new Set<ArrayBufferLike>()
    const framer = new LineFramer({ line: () => {}, oversize: (head) => kept.add(head.buffer) }, 4 * MIB)
    const chunk = Buffer.alloc(MIB, 'x')
    for (let i = 0; i < 8; i += 1) framer.push(chunk)
    framer.push(Buffer.from('\n'))
    expect([...kept].map((buffer) => buffer.byteLength)).toEqual([512])
  })
})
