import { expect, test } from 'vitest'
import { AbortedError, ConduitError, describeType, InvalidInputError } from '../../src/util/errors.js'

class OwnError extends ConduitError {
  readonly code = 'OWN'
}

test('an error is named after its class and keeps its cause', () => {
  const cause = new Error('why')
  const error = new OwnError('what', { cause })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'OwnError', message: 'what', code: 'OWN', cause })
  expect(String(error)).toBe('OwnError: what')
})

test('an error without a cause has no such property', () => {
  expect('cause' in new OwnError('what')).toBe(false)
})

test('a wrong option is named with the type it had and never with its value', () => {
  const error = new InvalidInputError('input[1].token', 'secret-4711', 'a number')
  expect(error).toMatchObject({
    code: 'INVALID_INPUT',
    option: 'input[1].token',
    received: 'string',
    expected: 'a number',
    message: 'Invalid option `input[1].token`: expected a number, received string',
  })
  expect(JSON.stringify(error)).not.toContain('4711')
})

test('an aborted operation has the name that the platform uses', () => {
  const error = new AbortedError('The request', { cause: 'why' })
  expect(error).toMatchObject({
    name: 'AbortError',
    code: 'ABORTED',
    message: 'The request was aborted',
    cause: 'why',
  })
})

test.each([
  [null, 'null'],
  [undefined, 'undefined'],
  [[], 'array'],
  [Number.NaN, 'NaN'],
  [1, 'number'],
  ['', 'string'],
  [1n, 'bigint'],
  [true, 'boolean'],
  [Symbol('s'), 'symbol'],
  [() => {}, 'function'],
  [{}, 'object'],
  [Object.create(null), 'object'],
  [new Map(), 'Map'],
])('the type of %o is shown as %s', (value, type) => {
  expect(describeType(value)).toBe(type)
})
