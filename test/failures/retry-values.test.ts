import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { classifyFailure, type Failure, type RetryAttempt, withRetry } from '../../src/failures/index.js'
import { RpcError } from '../../src/rpc/index.js'
import { fakeTime, overloaded } from './retry-support.js'

describe('withRetry on an operation that resolves with its failure', () => {
  const failed = (text = '') => ({ text, failure: classifyFailure(overloaded()) })

  /** Resolves with each of the values in turn. */
  function resolving<T>(...values: T[]) {
    return vi.fn(async (attempt: number) => values[attempt - 1] as T)
  }

  it('repeats it until it resolves without one', async () => {
    const fn = resolving<{ text: string; failure?: Failure }>(failed(), failed(), { text: 'done' })
    expect(await withRetry(fn, fakeTime())).toEqual({ text: 'done' })
    expect(fn).toHaveBeenCalledTimes(3)
  })

  it('resolves with the last value when the attempts are used up', async () => {
    const last = failed('last')
    expect(await withRetry(resolving(failed(), last, failed()), { ...fakeTime(), maxAttempts: 2 })).toBe(last)
  })

  it('resolves with a value whose failure no repeat can mend', async () => {
    const value = { failure: classifyFailure(new RpcError(-32602, 'too large')) }
    const fn = resolving(value)
    expect(await withRetry(fn, fakeTime())).toBe(value)
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('resolves with a value whose failure may have had effects, unless told to repeat that', async () => {
    const failure = classifyFailure(overloaded(), { sideEffectsPossible: true })
    const fn = resolving<{ failure?: Failure }>({ failure }, {})
    expect(await withRetry(fn, fakeTime())).toEqual({ failure })
    expect(await withRetry(fn, { ...fakeTime(), retryUnsafe: true })).toEqual({})
  })

  it('rejects when the last attempt did', async () => {
    const error = new RpcError(-32602, 'too large')
    const fn = vi.fn(async (attempt: number) => {
      if (attempt === 1) return failed()
      throw error
    })
    await expect(withRetry(fn, fakeTime())).rejects.toBe(error)
    expect(fn).toHaveBeenCalledTimes(2)
  })

  it('tells of the value', async () => {
    const told: RetryAttempt[] = []
    const value = failed()
    const policy = { ...fakeTime(), minDelayMs: 40, onRetry: (attempt: RetryAttempt) => told.push(attempt) }
    await withRetry(resolving<object>(value, {}), policy)
    expect(told).toEqual([{ attempt: 1, delayMs: 40, failure: value.failure, error: undefined, value }])
  })

  it.each([undefined, null, 'failed', new Error('no'), { kind: 'server-overloaded' }, { retryable: true }])(
    'takes a member `failure` that is no failure for part of a success: %j',
    async (failure) => {
      const fn = resolving({ failure })
      expect(await withRetry(fn, fakeTime())).toEqual({ failure })
      expect(fn).toHaveBeenCalledTimes(1)
    },
  )

  it('takes a value that cannot be read for a success', async () => {
    const value = {
      get failure(): never {
        throw new Error('unreadable')
      },
    }
    expect(await withRetry(() => value, fakeTime())).toBe(value)
  })

  it('finds the failure where it is told to', async () => {
    const fn = resolving<{ outcome: string }>({ outcome: 'busy' }, { outcome: 'done' })
    const failureOf = ({ outcome }: { outcome: string }) =>
      outcome === 'busy' ? classifyFailure(overloaded()) : undefined
    expect(await withRetry(fn, { ...fakeTime(), failureOf })).toEqual({ outcome: 'done' })
  })

  it('takes every value for a success when told to', async () => {
    const value = failed()
    const fn = resolving(value)
    expect(await withRetry(fn, { ...fakeTime(), failureOf: () => undefined })).toBe(value)
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['throws', () => Promise.reject(new Error('no idea')), { message: 'no idea' }],
    ['answers nonsense', () => Promise.resolve('failed'), { code: 'INVALID_INPUT', option: 'failureOf' }],
  ])('ends when the reader of the failure %s', async (_title, failureOf, expected) => {
    const fn = resolving(failed())
    const policy = { ...fakeTime(), failureOf: failureOf as unknown as () => undefined }
    await expect(withRetry(fn, policy)).rejects.toMatchObject(expected)
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('takes the type of the value from the operation alone', () => {
    const run = () =>
      withRetry(async () => ({ text: '' }), {
        failureOf: (value) => {
          expectTypeOf(value).toEqualTypeOf<{ text: string }>()
          return undefined
        },
        onRetry: ({ value }) => expectTypeOf(value).toEqualTypeOf<{ text: string } | undefined>(),
      })
    expectTypeOf(run).returns.resolves.toEqualTypeOf<{ text: string }>()
  })
})
