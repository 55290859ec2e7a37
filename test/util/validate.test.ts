import { expect, test } from 'vitest'
import { InvalidInputError } from '../../src/util/errors.js'
import {
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkSignal,
  checkString,
  checkTimeoutMs,
} from '../../src/util/validate.js'

/** Expects a check to pass the accepted values and to refuse the others with the option's name. */
function expectCheck(
  check: (value: unknown) => unknown,
  accepted: readonly unknown[],
  refused: readonly unknown[],
): void {
  for (const value of [undefined, ...accepted]) expect(() => check(value)).not.toThrow()
  for (const value of refused) {
    expect(() => check(value)).toThrow(InvalidInputError)
    expect(() => check(value)).toThrow(expect.objectContaining({ option: 'the.option' }))
  }
}

test('a time limit is a number of milliseconds above 0, or Infinity', () => {
  expectCheck(
    (value) => checkTimeoutMs('the.option', value, 7),
    [1, 0.5, 2 ** 31 - 1, Infinity],
    [0, -1, 2 ** 31, -Infinity, Number.NaN, '5', null, 5n],
  )
  expect([checkTimeoutMs('o', undefined, 7), checkTimeoutMs('o', 3, 7)]).toEqual([7, 3])
})

test('a whole number lies within its bounds', () => {
  expectCheck(
    (value) => checkInteger('the.option', value, 7, 1, 10),
    [1, 10],
    [0, 11, 1.5, Number.NaN, Infinity, '5', null, 5n],
  )
  expect([checkInteger('o', undefined, 7, 1), checkInteger('o', 2 ** 53 - 1, 7, 1)]).toEqual([7, 2 ** 53 - 1])
})

test('options are an object', () => {
  expectCheck(
    (value) => checkOptions('the.option', value),
    [{}, Object.create(null)],
    [null, [], 'x', 5, () => {}],
  )
})

test('a signal is an AbortSignal or behaves like one', () => {
  const half = { aborted: false, addEventListener: () => {} }
  const like = { ...half, removeEventListener: () => {} }
  expectCheck(
    (value) => checkSignal('the.option', value),
    [new AbortController().signal, like],
    [null, {}, new AbortController(), 'x', { aborted: false }, half],
  )
})

test('a callback is a function', () => {
  expectCheck((value) => checkFunction('the.option', value), [() => {}, class {}], [null, {}, 'x'])
})

test('a string is not empty unless it may be', () => {
  expectCheck((value) => checkString('the.option', value), ['x', ' '], ['', null, 5, ['x']])
  expectCheck((value) => checkString('the.option', value, false), ['', 'x'], [null, 5])
})

test('a choice is one of its names', () => {
  expectCheck((value) => checkOneOf('the.option', value, ['a', 'b']), ['a', 'b'], ['c', '', null, 0, ['a']])
  expect(() => checkOneOf('o', 'c', ['a', 'b'])).toThrow("expected one of 'a', 'b', received string")
})
