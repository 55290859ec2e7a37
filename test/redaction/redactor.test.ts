import { describe, expect, it } from 'vitest'
import { createRedactor, REDACTED, redact } from '../../src/redaction/index.js'
import { InvalidInputError } from '../../src/util/errors.js'
import { cutAt, FAKE } from './fragments.js'

const value = 'p@ss "wörd"/<&> ~1'

describe('registered values', () => {
  it.each([
    ['itself', value],
    ['URL-encoded', encodeURIComponent(value)],
    ['URL-encoded in lower case', encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase())],
    ['form-encoded', encodeURIComponent(value).replaceAll('%20', '+')],
    ['JSON-escaped', JSON.stringify(value).slice(1, -1)],
    ['JSON-escaped twice', JSON.stringify(JSON.stringify(value)).slice(3, -3)],
    ['JSON in ASCII', JSON.stringify(value).slice(1, -1).replace('ö', '\\u00f6')],
    [
      'JSON safe for HTML',
      JSON.stringify(value)
        .slice(1, -1)
        .replace('<', '\\u003c')
        .replace('&', '\\u0026')
        .replace('>', '\\u003e'),
    ],
    ['in base64', Buffer.from(value).toString('base64').replace(/=+$/, '')],
    ['in base64url', Buffer.from(value).toString('base64url')],
  ])('are removed %s', (_, form) => {
    const { redact: clean } = createRedactor({ values: [value] })
    expect(clean(`<<${form}>>`)).toBe(`<<${REDACTED}>>`)
  })

  it('are removed from the middle of a longer base64 text, at each alignment', () => {
    const secret = 'correct horse battery staple'
    const { redact: clean } = createRedactor({ values: [secret] })
    for (const user of ['a', 'ab', 'abc']) {
      const encoded = Buffer.from(`${user}:${secret}:x`).toString('base64')
      expect(clean(encoded)).toContain(REDACTED)
      expect(clean(encoded).length).toBeLessThan(REDACTED.length + 14)
    }
  })

  it('are removed longest first, and together where they overlap', () => {
    const { redact: clean } = createRedactor({ values: ['abcd', 'abcdefgh', 'ghijkl', 'bc12'] })
    expect(clean('abcd abcdefgh abcdefghijkl xbc12')).toBe(`${REDACTED} ${REDACTED} ${REDACTED} x${REDACTED}`)
  })

  it('never change a marker', () => {
    const { redact: clean } = createRedactor({ values: ['redacted', 'acted', 'ed]x'] })
    expect(clean('[redacted]x redacted')).toBe('[redacted]x [redacted]')
  })

  it('can be taken back, each registration for itself', () => {
    const redactor = createRedactor()
    const first = redactor.register('swordfish')
    const second = redactor.register('swordfish')
    first()
    first()
    expect(redactor.redact('a swordfish')).toBe(`a ${REDACTED}`)
    second()
    expect(redactor.redact('a swordfish')).toBe('a swordfish')
  })

  it('are known to one redactor only', () => {
    createRedactor({ values: ['swordfish'] })
    expect(redact('a swordfish')).toBe('a swordfish')
  })

  it('take effect in an open stream, on the text it holds as well', () => {
    const redactor = createRedactor({ values: ['swordplay'] })
    const stream = redactor.stream()
    const out = stream.push('a sword')
    redactor.register('swordfish')
    expect(out + stream.push('fish b ') + stream.flush()).toBe(`a ${REDACTED} b `)
  })
})

describe('createRedactor', () => {
  it.each([
    ['values[0]', { values: ['abc'] }],
    ['values[1]', { values: ['abcd', 'x'.repeat(8193)] }],
    ['values[0]', { values: ['abcd[redacted]'] }],
    ['keys[0]', { keys: ['--'] }],
    ['replacement', { replacement: 'gone' }],
    ['replacement', { replacement: '' }],
    // Each would have removed nothing.
    ['value', { value: ['swordfish'] } as never],
    ['options', 'swordfish' as never],
    ['options', null as never],
  ])('names the option %s when it is wrong', (option, options) => {
    expect(() => createRedactor(options)).toThrow(InvalidInputError)
    expect(() => createRedactor(options)).toThrow(option)
  })

  it('removes the values of further names from texts', () => {
    const { redact: clean } = createRedactor({ keys: ['internal-ref'] })
    expect(clean('internalRef=abc INTERNAL_REF=abc other=abc')).toBe(
      `internalRef=${REDACTED} INTERNAL_REF=${REDACTED} other=abc`,
    )
  })
})

describe('a redaction stream', () => {
  const samples = [
    ...Object.values(FAKE),
    'OPENAI_API_KEY=swordfish',
    '{"api_key": "a\\"b"}',
    '{\\"api_key\\": \\"a\\\\\\"b\\"}',
    'Authorization: Bearer swordfish',
    'Set-Cookie: sid=abc; Path=/',
    'https://user:pass@example.com',
    '--token VALUE',
    '\u001b[3mtoken\u001b[0m=\u001b[0mabcd1234',
    'a=%22&token%3Dabc',
    '\\nsk-nothing \\u001b[31mx',
    'tango and tango',
  ].map((sample) => `one ${sample} two`)

  it.each(samples)('removes the same wherever one cut falls: %#', (text) => {
    const redactor = createRedactor({ values: ['tango'] })
    const whole = redactor.redact(text)
    for (let cut = 0; cut <= text.length; cut++) {
      const stream = redactor.stream()
      const out = cutAt(text, [cut]).map((chunk) => stream.push(chunk))
      expect(out.join('') + stream.flush()).toBe(whole)
    }
  })

  it.each(samples)('removes the same when every character comes alone: %#', (text) => {
    const redactor = createRedactor({ values: ['tango'] })
    const stream = redactor.stream()
    const out = [...text].map((char) => stream.push(char))
    expect(out.join('') + stream.flush()).toBe(redactor.redact(text))
  })

  it('gives out at once what cannot be the beginning of a secret', () => {
    const stream = createRedactor().stream()
    expect(stream.push('hello world\n')).toBe('hello world\n')
    expect(stream.push('done. ')).toBe('done. ')
    expect(stream.push('password')).toBe('')
    expect(stream.push('s are fine\n')).toBe('passwords are fine\n')
  })

  it.each([
    ['a key', `sk-${'A1'}`],
    ['a value', 'TOKEN=x'],
    ['a string', 'password="x y '],
    ['a private key', `-----BEGIN ${'PRIVATE'} KEY-----`],
    ['a URL', 'https://u:p'],
    ['a JWT', `${'ey'}J`],
    ['a cookie', 'Cookie: a=b; '],
    ['blanks', 'token   '],
    ['a name', 'a_'],
    ['backslashes', '\\\\'],
  ])('holds back a bounded text while %s goes on for long', (_, start) => {
    const stream = createRedactor().stream()
    let pushed = start.length
    let given = stream.push(start).length
    const unit = start
      .slice(-2)
      .replace(/[^\\_]/g, 'x')
      .padEnd(2, 'x')
    for (let round = 0; round < 200; round++) {
      given += stream.push(unit.repeat(500)).length
      pushed += 1000
    }
    const rest = stream.flush()
    expect(rest.length).toBeLessThan(4096)
    expect(given + rest.length).toBeLessThanOrEqual(pushed + REDACTED.length)
  })

  it('can be used again after its end', () => {
    const stream = createRedactor().stream()
    stream.push('password="abc')
    stream.flush()
    expect(stream.push('plain text ') + stream.flush()).toBe('plain text ')
  })
})
