import { describe, expect, it } from 'vitest'
import { createRedactor, REDACTED, redactJson } from '../../src/redaction/index.js'
import { FAKE } from './fragments.js'

describe('redactJson', () => {
  it.each([
    'authorization',
    'Proxy-Authorization',
    'token',
    'access_token',
    'accessToken',
    'refreshToken',
    'id_token',
    'sessionToken',
    'api_key',
    'apiKey',
    'APIKEY',
    'x-api-key',
    'OPENAI_API_KEY',
    'password',
    'passwd',
    'dbPassword',
    'passphrase',
    'secret',
    'clientSecret',
    'cookie',
    'Set-Cookie',
    'private_key',
    'credentials',
    'secretAccessKey',
    'GITHUB_PAT',
    'signingKey',
    'token_2',
    'password_value',
    'bearerToken',
    'chatgptAuthTokens.accessToken',
  ])('removes a string under %s', (key) => {
    expect(redactJson({ [key]: 'plain words', other: 'plain words' })).toEqual({
      [key]: REDACTED,
      other: 'plain words',
    })
  })

  it.each([
    'tokenUsage',
    'totalTokens',
    'max_tokens',
    'inputTokens',
    'cachedInputTokens',
    'author',
    'passwordless',
    'secretary',
    'tokenizer',
    'primaryKey',
    'publicKey',
    'keyboard',
    'cwd',
    'pwd',
    'sessionId',
    'threadId',
    'nextPageToken',
    'progressToken',
    'env_key',
    'monkey',
    'authMode',
    'envKey',
    'tokenCount',
    'keys',
  ])('keeps what stands under %s', (key) => {
    const value = { [key]: 'plain words', list: [{ [key]: 12 }] }
    expect(redactJson(value)).toEqual(value)
  })

  it('keeps numbers, booleans and nothing under names of tokens', () => {
    const value = {
      token: 12,
      hasToken: true,
      password: null,
      secret: true,
      tokens: { total: 3 },
      apiKey: '',
    }
    expect(redactJson(value)).toEqual(value)
  })

  it('removes numbers under the names of passwords', () => {
    expect(redactJson({ password: 123456, apiKey: 12n })).toEqual({ password: REDACTED, apiKey: REDACTED })
  })

  it('redacts strings as text, names included', () => {
    const value = { [FAKE.github]: [`see ${FAKE.openai} there`] }
    expect(redactJson(value)).toEqual({ [REDACTED]: [`see ${REDACTED} there`] })
  })

  it('removes everything under a name of credentials, but leaves a schema that describes them', () => {
    const schema = {
      type: 'object',
      properties: { password: { type: 'string', description: 'Your password' } },
    }
    expect(redactJson({ credentials: { user: 'ada', parts: ['x', 2] }, schema })).toEqual({
      credentials: { user: REDACTED, parts: [REDACTED, REDACTED] },
      schema,
    })
  })

  it('reads flags, header lists and name-value pairs', () => {
    expect(redactJson(['login', '--token', 'words', '--yes'])).toEqual([
      'login',
      '--token',
      REDACTED,
      '--yes',
    ])
    expect(redactJson(['Host', 'x', 'X-Api-Key', 'words'])).toEqual(['Host', 'x', 'X-Api-Key', REDACTED])
    expect(
      redactJson([
        { name: 'Cookie', value: 'words' },
        { name: 'Host', value: 'x' },
      ]),
    ).toEqual([
      { name: 'Cookie', value: REDACTED },
      { name: 'Host', value: 'x' },
    ])
    expect(redactJson(new Map([['Authorization', 'words']]))).toEqual({ Authorization: REDACTED })
  })

  it('never changes its argument', () => {
    const value = Object.freeze({ password: 'x', deep: Object.freeze({ list: Object.freeze([FAKE.jwt]) }) })
    expect(redactJson(value)).toEqual({ password: REDACTED, deep: { list: [REDACTED] } })
    expect(value.deep.list[0]).toBe(FAKE.jwt)
  })

  it('describes cycles and keeps shared parts', () => {
    const shared = { name: 'x' }
    const value: Record<string, unknown> = { a: shared, b: shared }
    value.self = value
    expect(redactJson(value)).toEqual({ a: shared, b: shared, self: '[circular]' })
  })

  it('copies a part that is shared many times over once', () => {
    let value: unknown = { token: 'words' }
    for (let level = 0; level < 50; level++) value = { left: value, right: value }
    let copy: unknown = redactJson(value)
    for (let level = 0; level < 50; level++) {
      expect(Reflect.get(Object(copy), 'left')).toBe(Reflect.get(Object(copy), 'right'))
      copy = Reflect.get(Object(copy), 'left')
    }
    expect(copy).toEqual({ token: REDACTED })
  })

  it('removes a shared part under a telling name even when it was seen under a harmless one', () => {
    const shared = { name: 'words' }
    expect(redactJson({ a: shared, auth: shared, secret: shared })).toEqual({
      a: shared,
      auth: shared,
      secret: { name: REDACTED },
    })
  })

  it('stops at a depth', () => {
    let value: unknown = 'deep'
    for (let level = 0; level < 100_000; level++) value = [value]
    expect(JSON.stringify(redactJson(value))).toContain('"[too deep]"')
  })

  it('turns what JSON does not know into plain data', () => {
    class Point {
      x = 1
      token = 'words'
    }
    const error = Object.assign(new TypeError(`bad ${FAKE.aws}`, { cause: 'no' }), {
      code: 'E_BAD',
      stack: 'at x',
    })
    expect(
      redactJson({
        error,
        date: new Date(0),
        bad: new Date(Number.NaN),
        big: 1n,
        symbol: Symbol('x'),
        call: () => 1,
        set: new Set(['a']),
        map: new Map([[1, 'a']]),
        bytes: new Uint8Array(3),
        point: new Point(),
        url: new URL('https://u:p@example.com/'),
        boxed: Object('words'),
        none: undefined,
        nan: Number.NaN,
      }),
    ).toEqual({
      error: { name: 'TypeError', message: `bad ${REDACTED}`, stack: 'at x', cause: 'no', code: 'E_BAD' },
      date: '1970-01-01T00:00:00.000Z',
      bad: null,
      big: '1',
      symbol: '[symbol]',
      call: '[function]',
      set: ['a'],
      map: [[1, 'a']],
      bytes: '[3 bytes]',
      point: { x: 1, token: REDACTED },
      url: `https://${REDACTED}@example.com/`,
      boxed: 'words',
      none: undefined,
      nan: Number.NaN,
    })
  })

  it('never throws for hostile objects', () => {
    const fail = (): never => {
      throw new Error('no')
    }
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const value = {
      get bad(): never {
        return fail()
      },
      json: { toJSON: fail },
      keys: new Proxy({}, { ownKeys: fail }),
      gone: proxy,
      endless: {
        toJSON: function next(): unknown {
          return { toJSON: next }
        },
      },
    }
    expect(redactJson(value)).toMatchObject({
      bad: '[unreadable]',
      json: '[unreadable]',
      keys: '[unreadable]',
      gone: '[unreadable]',
      endless: '[too deep]',
    })
  })

  it('keeps a field called __proto__ a field', () => {
    const copy = redactJson(JSON.parse('{"__proto__":{"password":"x"}}'))
    expect(JSON.stringify(copy)).toBe(`{"__proto__":{"password":"${REDACTED}"}}`)
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  })

  it('knows the names, values and replacement of its redactor', () => {
    const redactor = createRedactor({ keys: ['internalRef'], values: ['tango'], replacement: '<gone>' })
    expect(redactor.redactJson({ INTERNAL_REF: 'x', a: 'it takes tango' })).toEqual({
      INTERNAL_REF: '<gone>',
      a: 'it takes <gone>',
    })
  })
})
