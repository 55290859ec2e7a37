import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonLineReader, type JsonLineReaderOptions } from '../../src/framing/json-line-reader.js'
import {
  MessageParseError,
  NoiseLineError,
  OversizeMessageError,
  type WireMessage,
} from '../../src/rpc/index.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

interface Read {
  readonly messages: WireMessage[]
  readonly problems: Error[]
  readonly invalid: Error[]
  readonly reader: JsonLineReader
}

function reading(options?: JsonLineReaderOptions, onMessage?: (read: Read) => void): Read {
  const read: Read = {
    messages: [],
    problems: [],
    invalid: [],
    reader: new JsonLineReader(
      {
        message: (message) => {
          read.messages.push(message)
          onMessage?.(read)
        },
        problem: (error) => read.problems.push(error),
        invalid: (error) => {
          read.invalid.push(error)
          read.reader.stop()
        },
      },
      options,
    ),
  }
  return read
}

function read(text: string, options?: JsonLineReaderOptions): Read & { readonly cut: number } {
  const found = reading(options)
  found.reader.push(Buffer.from(text))
  return { ...found, cut: found.reader.end() }
}

describe('messages', () => {
  test('objects and arrays are read, one a line', () => {
    expect(read('{"a":1}\n[{"b":2}]\n').messages).toEqual([{ a: 1 }, [{ b: 2 }]])
  })

  test('carriage returns, blank lines and surrounding space do not matter', () => {
    const { messages, problems } = read('\r\n\n  \t\r\n {"a":1} \r\n\t[]\r\n')
    expect(messages).toEqual([{ a: 1 }, []])
    expect(problems).toEqual([])
  })

  test('strings may hold U+2028, U+2029 and escaped line feeds', () => {
    expect(read('{"a":"\u2028\u2029\\n\u0085"}\n').messages).toEqual([{ a: '\u2028\u2029\n\u0085' }])
  })

  test('any chunking and any decoder give the same messages', () => {
    const values = fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }), { maxLength: 6 })
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 })
    const decode = (bytes: Uint8Array, start: number, end: number) =>
      Buffer.from(bytes.subarray(start, end)).toString('utf8')
    fc.assert(
      fc.property(values, sizes, fc.constantFrom('\n', '\r\n', '\n\n'), (expected, lengths, separator) => {
        const bytes = Buffer.from(expected.map((value) => JSON.stringify(value)).join(separator))
        for (const options of [{}, { decode }]) {
          const found = reading(options)
          for (let at = 0, i = 0; at < bytes.length; i += 1) {
            const size = lengths[i % lengths.length] as number
            found.reader.push(bytes.subarray(at, at + size))
            at += size
          }
          expect(found.reader.end()).toBe(0)
          expect(JSON.stringify(found.messages)).toBe(JSON.stringify(expected))
        }
      }),
    )
  })
})

describe('noise', () => {
  const noise = [
    'Welcome to the shell',
    '[info] ready',
    '[2024-01-01] x',
    'null',
    '42',
    '"x"',
    'true',
    '\u{feff}{}',
  ]

  test.each(noise)('the line %j is reported and skipped', (line) => {
    const { messages, problems, invalid } = read(`${line}\n{"a":1}\n`)
    expect(problems.map((error) => error.constructor)).toEqual([NoiseLineError])
    expect(problems[0]).toMatchObject({ code: 'NOISE_LINE', bytes: Buffer.byteLength(line) })
    expect(messages).toEqual([{ a: 1 }])
    expect(invalid).toEqual([])
  })

  test('as many lines in a row as the bound allows are skipped, and one more is invalid', () => {
    const within = read('x\nx\nx\n{}\nx\nx\nx\n', { maxNoiseLines: 3 })
    expect([within.problems.length, within.invalid.length]).toEqual([6, 0])
    const over = read('x\nx\n{}\nx\nx\nx\nx\n{"after":1}\n', { maxNoiseLines: 3 })
    expect([over.problems.length, over.invalid.length]).toEqual([5, 1])
    expect(over.invalid[0]).toBeInstanceOf(NoiseLineError)
    expect(over.messages).toEqual([{}])
  })

  test('no noise at all is allowed with a bound of 0', () => {
    expect(read('x\n', { maxNoiseLines: 0 }).invalid).toHaveLength(1)
  })
})

describe('invalid messages', () => {
  test.each(['{"a":', '{"a":1}{"b":2}', '{not json}', '[{"a":1},', '[[', '{"a":"\u0001"}'])(
    'the line %j is invalid, and nothing after it is read once the reader is stopped',
    (line) => {
      const { messages, problems, invalid } = read(`{"before":1}\n${line}\n{"after":1}\n`)
      expect(messages).toEqual([{ before: 1 }])
      expect(problems).toEqual([])
      expect(invalid).toHaveLength(1)
      expect(invalid[0]).toBeInstanceOf(MessageParseError)
      expect(invalid[0]).toMatchObject({ code: 'MESSAGE_PARSE', bytes: Buffer.byteLength(line) })
    },
  )

  test('errors show of a line what the excerpt function gives, and nothing by default', () => {
    const secret = 'planted-secret-4711'
    for (const line of [`{"key":"${secret}",}`, `banner ${secret}`, `[info] ${secret}`, `{"k":"${secret}"`]) {
      for (const options of [{}, { excerpt: () => 'the excerpt' }]) {
        const { problems, invalid } = read(`${line}\n`, options)
        const [error] = [...problems, ...invalid]
        expect(error?.message.endsWith(': the excerpt')).toBe('excerpt' in options)
        expect(everythingIn(error)).not.toContain(secret)
      }
    }
    const oversize = read(`{"id":1,"result":"${secret}"}\n`, { maxLineBytes: 10 }).problems[0]
    expect(everythingIn(oversize)).not.toContain(secret)
  })
})

/** All texts that an error carries, its causes and hidden properties included. */
function everythingIn(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error)
  const own = Object.getOwnPropertyNames(error).map(
    (name) => `${name}=${everythingIn((error as Record<string, unknown>)[name])}`,
  )
  return `${String(error)} ${own.join(' ')}`
}

describe('lines over the limit', () => {
  function responseIdOf(line: string): string | number | undefined {
    const { problems, messages } = read(`${line.padEnd(40, ' ')}x\n{"next":1}\n`, { maxLineBytes: 30 })
    expect(messages).toEqual([{ next: 1 }])
    expect(problems).toHaveLength(1)
    const error = problems[0] as OversizeMessageError
    expect(error).toBeInstanceOf(OversizeMessageError)
    expect(error.maxBytes).toBe(30)
    expect(error.bytes).toBeGreaterThan(30)
    return error.responseId
  }

  test.each([
    ['{"id":7,"result":', 7],
    ['{"id":0,"result":', 0],
    ['{"id":-3,"error":', -3],
    ['{"id":"a b","result":', 'a b'],
    ['{"id":"","result":', ''],
    ['{"id":"q\\"\\u0041\\\\","result":', 'q"A\\'],
    ['{"jsonrpc":"2.0","id":12,"result":', 12],
    ['{"id":12,"jsonrpc":"2.0","result":', 12],
    ['  { "jsonrpc" : "2.0" , "id" : 5 , "error" :', 5],
  ])('the id is read from the head of the answer %s', (head, id) => {
    expect(responseIdOf(head)).toBe(id)
  })

  test.each([
    '{"method":"x","params":{"id":7,"result":',
    '{"id":7,"method":"x","params":',
    '{"params":{"id":1,"result":',
    '{"id":null,"result":',
    '{"id":1.5,"result":',
    '{"id":007,"result":',
    '{"id":"\\x","result":',
    '{"id":7',
    '[{"id":7,"result":',
    'no message',
  ])('no id is read from the head %s', (head) => {
    expect(responseIdOf(head)).toBeUndefined()
  })

  test('an id that is longer than the head names no request', () => {
    expect(responseIdOf(`{"id":"${'a'.repeat(600)}","result":1}`)).toBeUndefined()
  })
})

describe('the end', () => {
  test('a whole message without its line feed is read', () => {
    const { messages, cut } = read('{"a":1}\n{"b":2}')
    expect(messages).toEqual([{ a: 1 }, { b: 2 }])
    expect(cut).toBe(0)
  })

  test.each(['{"b":', '{', '[', '[{"b":2}', '{"b":"é'])(
    'the length of the message %j cut off is told',
    (rest) => {
      const { messages, invalid, problems, cut } = read(`{"a":1}\n${rest}`)
      expect(messages).toEqual([{ a: 1 }])
      expect([...invalid, ...problems]).toEqual([])
      expect(cut).toBe(Buffer.byteLength(rest))
    },
  )

  test.each(['bye', '[info] bye'])('the last line %j is noise, no message cut off', (rest) => {
    const { problems, cut } = read(`{"a":1}\n${rest}`)
    expect(problems[0]).toBeInstanceOf(NoiseLineError)
    expect(cut).toBe(0)
  })

  test('a message over the limit that is cut off is reported and its length told', () => {
    const { problems, cut } = read(`{"id":3,"result":"${'x'.repeat(50)}`, { maxLineBytes: 30 })
    expect(problems[0]).toMatchObject({ code: 'MESSAGE_OVERSIZE', responseId: 3, bytes: 68 })
    expect(cut).toBe(68)
  })

  test('a reader that was stopped has nothing to tell', () => {
    const found = reading()
    found.reader.push(Buffer.from('{"a":'))
    found.reader.stop()
    expect(found.reader.end()).toBe(0)
    expect([...found.messages, ...found.invalid]).toEqual([])
  })

  test('stopping in a message leaves the rest of the chunk unread', () => {
    const found = reading({}, ({ reader }) => reader.stop())
    found.reader.push(Buffer.from('{"a":1}\n{"b":2}\nnoise\n{\n'))
    found.reader.push(Buffer.from('{"c":3}\n'))
    expect(found.messages).toEqual([{ a: 1 }])
    expect([...found.problems, ...found.invalid]).toEqual([])
  })
})
