import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeMessage, isRequestId, MessageEncodeError } from '../../src/rpc/index.js'
import { describeId, jsonText } from '../../src/rpc/messages.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

test.each([
  ['a high one', 'a\ud800b', 'a\ufffdb'],
  ['a low one', 'a\udc00b', 'a\ufffdb'],
  ['one at the start', '\udbffx', '\ufffdx'],
  ['one at the end', 'x\ud83d', 'x\ufffd'],
  ['several', '\ud800\ud800\udc00\udfff', '\ufffd\ud800\udc00\ufffd'],
  ['one behind a backslash', '\\\ud800', '\\\ufffd'],
  ['one behind two backslashes', '\\\\\ud800', '\\\\\ufffd'],
  ['one behind a quote and a line feed', '"\n\ud800', '"\n\ufffd'],
])('a lone surrogate becomes U+FFFD: %s', (_, text, expected) => {
  expect(JSON.parse(encodeMessage({ text, [text]: [text] }))).toEqual({
    text: expected,
    [expected]: [expected],
  })
})

test.each(['😀', '\ud800\udc00', '\\ud800', '\\\\ud800', 'x\\\\\\ud800', 'ud800', '\\u2028'])(
  'the text %j is written as it is',
  (text) => {
    expect(JSON.parse(encodeMessage({ text }))).toEqual({ text })
  },
)

test('every message is written as its well-formed self', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('\\', 'u', 'd8', '\ud800', '\udc00', '"', '00', '\n')), (parts) => {
      const text = parts.join('')
      const expected = [...text].map((c) => (/^[\ud800-\udfff]$/.test(c) ? '\ufffd' : c)).join('')
      expect(JSON.parse(encodeMessage({ text }))).toEqual({ text: expected })
    }),
  )
})

test('a text of a million backslashes beside a lone surrogate is written', () => {
  const text = `${'\\'.repeat(1_000_000)}\ud800`
  expect(JSON.parse(encodeMessage({ text })).text).toBe(`${'\\'.repeat(1_000_000)}\ufffd`)
})

test('a message is one line', () => {
  expect(encodeMessage({ text: 'a\nb\r\u2028' })).not.toMatch(/[\n\r]/)
})

test('a message that has no JSON form is refused with the cause', () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  const thrown = new Error('from a getter')
  const getter = {
    get value() {
      throw thrown
    },
  }
  for (const message of [cycle, { big: 1n }, getter, { toJSON: () => undefined }]) {
    expect(() => encodeMessage(message)).toThrow(MessageEncodeError)
  }
  expect(() => encodeMessage(getter)).toThrow(
    expect.objectContaining({ code: 'MESSAGE_ENCODE', cause: thrown }),
  )
})

test('strings and numbers are ids, 0 and the empty string too', () => {
  expect([0, '', -1, 'a', 1.5].every(isRequestId)).toBe(true)
  expect([null, undefined, true, {}, []].some(isRequestId)).toBe(false)
})

test('an id is shown at bounded length', () => {
  expect([describeId(7), describeId('7'), describeId(null), describeId({})]).toEqual([
    '7',
    '"7"',
    'null',
    'object',
  ])
  expect(describeId('x'.repeat(1000)).length).toBe(80)
})

test('params may write their own text, in a request and in a notification', () => {
  const params = { text: 'seen by transports that hand objects over', [jsonText]: () => '{"text":"\\ud800"}' }

  expect(JSON.parse(encodeMessage({ jsonrpc: '2.0', id: 7, method: 'a/b', params }))).toEqual({
    jsonrpc: '2.0',
    id: 7,
    method: 'a/b',
    params: { text: '\ufffd' },
  })
  expect(encodeMessage({ method: 'a"b', params })).toBe('{"method":"a\\"b","params":{"text":"\\ufffd"}}')
})

test('params that fail to write themselves cannot be sent', () => {
  const params = {
    [jsonText]() {
      throw new Error('no text')
    },
  }
  expect(() => encodeMessage({ method: 'a', params })).toThrow(MessageEncodeError)
})
