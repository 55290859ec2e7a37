import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifyFailure, type Failure, isFailure, MAX_MESSAGE_LENGTH } from '../../src/failures/index.js'
import { ConnectionClosedError } from '../../src/rpc/index.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

const SECRET = `sk-${'proj'}-${'a1B2c3D4'.repeat(6)}`

function expectPlain(failure: Failure): void {
  expect(isFailure(failure)).toBe(true)
  expect(JSON.parse(JSON.stringify(failure))).toEqual(failure)
  expect(failure.message.length).toBeGreaterThan(0)
  expect(failure.message.length).toBeLessThanOrEqual(MAX_MESSAGE_LENGTH)
}

function cycle(): unknown {
  const error = new Error('round') as Error & { cause?: unknown }
  error.cause = error
  return error
}

function refuse(): never {
  throw new Error('trap')
}

const allTraps = new Proxy(() => {}, {
  get: refuse,
  has: refuse,
  ownKeys: refuse,
  getPrototypeOf: refuse,
  getOwnPropertyDescriptor: refuse,
  apply: refuse,
})

const revoked = Proxy.revocable([], {})
revoked.revoke()

const selfReturning: object = new Proxy({}, { get: () => selfReturning })

describe('a hostile cause', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
    ['a symbol', Symbol('x')],
    ['a BigInt', 7n],
    ['NaN', Number.NaN],
    ['a function', () => 1],
    ['an error that is its own cause', cycle()],
    ['a proxy whose traps all throw', allTraps],
    ['a revoked proxy', revoked.proxy],
    ['a proxy that returns itself for everything', selfReturning],
    ['getters that throw', Object.defineProperty({}, 'message', { get: refuse, enumerable: true })],
    [
      'members of wrong types',
      { message: 7, code: {}, cause: 'x', codexErrorInfo: 3, errors: {}, reason: [] },
    ],
    [
      'an info with members that JSON has not',
      { message: 'x', codexErrorInfo: { a: { b: 1n, c: () => 1 } } },
    ],
    ['an info named like a prototype', { message: 'x', codexErrorInfo: '__proto__' }],
    ['a proxy as the info', { message: 'x', codexErrorInfo: allTraps }],
    ['an error within an error within an error', { error: { error: { error: { message: 'deep' } } } }],
    ['a promise', Promise.resolve(1)],
    ['a lone surrogate', { message: 'a\ud800b' }],
  ])('is classified without a throw: %s', (_title, cause) => {
    expectPlain(classifyFailure(cause))
  })

  it('is classified without a throw, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true }), (cause) => {
        expectPlain(classifyFailure(cause))
      }),
      { numRuns: 300 },
    )
  })

  it('is classified without a throw, whatever its known members hold', () => {
    const members = [
      'message',
      'code',
      'name',
      'cause',
      'reason',
      'codexErrorInfo',
      'data',
      'turn',
      'error',
      'headers',
    ]
    const hostile = fc.dictionary(fc.constantFrom(...members), fc.anything())
    fc.assert(
      fc.property(hostile, (cause) => expectPlain(classifyFailure(cause))),
      { numRuns: 300 },
    )
  })

  it('is plain data even where JSON has no such number', () => {
    expectPlain(classifyFailure({ codexErrorInfo: [-0, Number.NaN, Number.POSITIVE_INFINITY] }))
  })

  it('is classified when its context is hostile too', () => {
    expectPlain(classifyFailure(new Error('x'), allTraps as object))
  })

  it('stays bounded when its texts are long', () => {
    for (const filler of ['a', '{', 'try again in 1', 'wait ', 'model ', '\n', '"']) {
      const text = filler.repeat(2_000_000 / filler.length)
      const failure = classifyFailure({
        message: text,
        additionalDetails: text,
        codexErrorInfo: { [text]: text },
      })
      expectPlain(failure)
      expect(JSON.stringify(failure).length).toBeLessThan(20_000)
    }
  })

  it('does not change the cause', () => {
    const cause = Object.freeze({ message: 'x', codexErrorInfo: Object.freeze({ a: Object.freeze({}) }) })
    expectPlain(classifyFailure(cause))
  })
})

describe('secrets', () => {
  const everywhere = {
    message: `refused ${SECRET}`,
    additionalDetails: `because of ${SECRET}`,
    codexErrorInfo: { other: { key: SECRET } },
    code: -32050,
    data: { deep: [SECRET], [SECRET]: 1 },
    name: SECRET,
    method: SECRET,
    stderrTail: `tail ${SECRET}`,
    cause: new Error(SECRET),
  }

  it('are removed from every text', () => {
    const text = JSON.stringify(classifyFailure(everywhere, { signal: SECRET }))
    expect(text).not.toContain(SECRET.slice(8, 24))
    expect(text).toContain('[redacted]')
  })

  it('are removed also where the text is cut', () => {
    for (let offset = 32_700; offset < 32_800; offset += 7) {
      const text = `${'x '.repeat(offset / 2)}${SECRET}`
      const reversed = `${SECRET}${' x'.repeat(offset / 2)}`
      const failure = classifyFailure({ message: text, stderrTail: reversed })
      expect(JSON.stringify(failure)).not.toContain(SECRET.slice(8, 24))
    }
  })

  it('are given to the redactor of the caller, each text once', () => {
    const seen: string[] = []
    const redact = (text: string) => {
      seen.push(text)
      return text.replaceAll('hunter2', '***')
    }
    const reason = { kind: 'remote', message: 'gone: hunter2', stderrTail: 'tail hunter2' } as const
    const failure = classifyFailure(new ConnectionClosedError(reason), { redact })
    expect(failure.message).toBe('connection closed: gone: ***')
    expect(failure.details.stderrTail).toBe('tail ***')
    expect(seen.filter((text) => text.includes('gone'))).toHaveLength(1)
    expect(seen.filter((text) => text.includes('tail'))).toHaveLength(1)
  })

  it.each([
    ['throws', refuse],
    ['returns no string', () => 7 as unknown as string],
  ])('stay inside when the redactor %s', (_title, redact) => {
    const failure = classifyFailure(everywhere, { redact })
    expect(JSON.stringify(failure)).not.toContain(SECRET.slice(8, 24))
    expect(failure.message).toContain('withheld')
  })
})
