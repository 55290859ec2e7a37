import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import {
  classifyFailure,
  isRetryable,
  isSafeToRepeat,
  type RetryAttempt,
  type RetryPolicy,
  withRetry,
} from '../../src/failures/index.js'
import { AbortedError, InvalidInputError, RequestTimeoutError, RpcError } from '../../src/rpc/index.js'
import { failing, fakeTime, overloaded } from './retry-support.js'

describe('withRetry', () => {
  it('returns the first success and repeats nothing', async () => {
    const time = fakeTime()
    expect(await withRetry(failing(), time)).toBe('attempt 1')
    expect(time.waits).toEqual([])
  })

  it('doubles the wait after each attempt and never waits longer than allowed', async () => {
    const time = fakeTime()
    const policy = { ...time, maxAttempts: 6, minDelayMs: 100, maxDelayMs: 500 }
    expect(await withRetry(failing(...Array.from({ length: 5 }, () => overloaded())), policy)).toBe(
      'attempt 6',
    )
    expect(time.waits).toEqual([100, 200, 400, 500, 500])
  })

  it('shares one listener of its signal with others that ask what to do', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const onRetry = vi.fn(() => new Promise<void>(() => {}))
    const retries = [1, 2, 3].map(() =>
      withRetry(failing(overloaded()), { ...fakeTime(), signal, onRetry }).catch((error: unknown) => error),
    )
    await vi.waitUntil(() => onRetry.mock.calls.length === 3)
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    controller.abort()
    for (const error of await Promise.all(retries)) expect(error).toBeInstanceOf(AbortedError)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('spreads the waits by a quarter either way', async () => {
    for (const [random, wait] of [
      [0, 75],
      [0.5, 100],
      [1, 125],
    ] as const) {
      const time = fakeTime()
      await withRetry(failing(overloaded()), { ...time, minDelayMs: 100, random: () => random })
      expect(time.waits).toEqual([wait])
    }
  })

  it('waits as long as the other side asks for', async () => {
    const time = fakeTime()
    await withRetry(failing(overloaded('busy, try again in 7s')), time)
    expect(time.waits).toEqual([7000])
  })

  it('gives up when the other side asks for a longer wait than allowed', async () => {
    const time = fakeTime()
    const error = overloaded('busy, try again in 7s')
    await expect(withRetry(failing(error), { ...time, maxDelayMs: 5000 })).rejects.toBe(error)
    expect(time.waits).toEqual([])
  })

  it('rejects with the last error when the attempts are used up', async () => {
    const [first, last] = [overloaded(), overloaded()]
    const fn = failing(first, last, overloaded())
    await expect(withRetry(fn, { ...fakeTime(), maxAttempts: 2 })).rejects.toBe(last)
    expect(fn).toHaveBeenCalledTimes(2)
  })

  it('begins no attempt after the time allowed for all', async () => {
    const time = fakeTime()
    const fn = failing(...Array.from({ length: 9 }, () => overloaded()))
    const policy = { ...time, minDelayMs: 100, maxDelayMs: 100, maxElapsedMs: 250, maxAttempts: 10 }
    await expect(withRetry(fn, policy)).rejects.toThrow('overloaded')
    expect(time.waits).toEqual([100, 100])
  })

  it('does not repeat what cannot succeed', async () => {
    const error = new RpcError(-32602, 'too large')
    const fn = failing(error)
    await expect(withRetry(fn, { ...fakeTime(), retryUnsafe: true })).rejects.toBe(error)
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['Codex may have acted on it', new RequestTimeoutError('turn/start', 100), {}],
    ['commands may have run', overloaded(), { context: { sideEffectsPossible: true } }],
  ])('does not repeat when %s, unless told to', async (_title, error, policy: RetryPolicy) => {
    const fn = failing(error)
    await expect(withRetry(fn, { ...fakeTime(), ...policy })).rejects.toBe(error)
    expect(fn).toHaveBeenCalledTimes(1)
    expect(await withRetry(failing(error), { ...fakeTime(), ...policy, retryUnsafe: true })).toBe('attempt 2')
  })

  it('tells of each repeat before it waits', async () => {
    const time = fakeTime()
    const told: RetryAttempt[] = []
    const error = overloaded()
    await withRetry(failing(error), { ...time, minDelayMs: 40, onRetry: (attempt) => told.push(attempt) })
    expect(told).toEqual([{ attempt: 1, delayMs: 40, error, failure: classifyFailure(error) }])
  })

  it('ends when the callback throws, with what it threw', async () => {
    const stop = new Error('enough')
    const onRetry = () => {
      throw stop
    }
    await expect(withRetry(failing(overloaded()), { ...fakeTime(), onRetry })).rejects.toBe(stop)
  })

  it('ends when the promise of the callback rejects, with what it rejected with', async () => {
    const stop = new Error('enough')
    const fn = failing(overloaded())
    const onRetry = async () => Promise.reject(stop)
    await expect(withRetry(fn, { ...fakeTime(), onRetry })).rejects.toBe(stop)
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('waits only when the promise of the callback has settled', async () => {
    const time = fakeTime()
    const waits: number[] = []
    const onRetry = async () => {
      await Promise.resolve()
      waits.push(...time.waits)
      time.waits.push(0)
    }
    expect(await withRetry(failing(overloaded()), { ...time, minDelayMs: 100, onRetry })).toBe('attempt 2')
    expect(waits).toEqual([])
    expect(time.waits).toEqual([0, 100])
  })

  it('counts the time of the callback', async () => {
    const time = fakeTime()
    const error = overloaded()
    const fn = failing(error)
    const onRetry = () => time.sleep(1000)
    await expect(withRetry(fn, { ...time, maxElapsedMs: 1000, onRetry })).rejects.toBe(error)
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('ends at the signal while the callback is still pending, and hears no more of it', async () => {
    const stop = new AbortController()
    let rejectLate = (_error: Error) => {}
    const onRetry = () => {
      queueMicrotask(() => stop.abort())
      return new Promise<void>((_, reject) => {
        rejectLate = reject
      })
    }
    const attempt = withRetry(failing(overloaded()), { ...fakeTime(), signal: stop.signal, onRetry })
    await expect(attempt).rejects.toBeInstanceOf(AbortedError)
    rejectLate(new Error('too late'))
  })

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    await withRetry(failing(overloaded(), overloaded()), { ...fakeTime(), signal, onRetry: () => {} })
    expect(added).toHaveBeenCalledTimes(2)
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    )
  })

  it('waits in steps that a timer can take', async () => {
    const time = fakeTime()
    const longest = 2 ** 31 - 1
    const policy = {
      ...time,
      maxDelayMs: Number.POSITIVE_INFINITY,
      maxElapsedMs: Number.POSITIVE_INFINITY,
      context: { retryAfterMs: 2 * longest + 5 },
    }
    expect(await withRetry(failing(overloaded()), policy)).toBe('attempt 2')
    expect(time.waits).toEqual([longest, longest, 5])
  })

  it('stops between two steps of a long wait', async () => {
    const stop = new AbortController()
    const policy = {
      ...fakeTime(),
      sleep: async () => stop.abort(),
      signal: stop.signal,
      maxDelayMs: Number.POSITIVE_INFINITY,
      maxElapsedMs: Number.POSITIVE_INFINITY,
      context: { retryAfterMs: 2 ** 40 },
    }
    await expect(withRetry(failing(overloaded()), policy)).rejects.toBeInstanceOf(AbortedError)
  })

  it.each([
    ['the other side asks for no end of it', { context: { retryAfterMs: Number.POSITIVE_INFINITY } }],
    ['the other side asks for no number', { context: { retryAfterMs: Number.NaN } }],
    ['it would have no end', { minDelayMs: Number.POSITIVE_INFINITY }],
    ['chance is no number', { random: () => Number.NaN }],
    ['the clock is none', { now: () => Number.NaN }],
  ])('takes a failure for final instead of waiting when %s', async (_title, policy: RetryPolicy) => {
    const error = overloaded()
    const fn = failing(error)
    const endless = { maxDelayMs: Number.POSITIVE_INFINITY, maxElapsedMs: Number.POSITIVE_INFINITY }
    await expect(withRetry(fn, { ...fakeTime(), ...endless, ...policy })).rejects.toBe(error)
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('begins nothing when the signal is aborted already', async () => {
    const fn = failing()
    const reason = new Error('gone')
    const error = await withRetry(fn, { signal: AbortSignal.abort(reason) }).catch((caught) => caught)
    expect(error).toBeInstanceOf(AbortedError)
    expect(error.cause).toBe(reason)
    expect(fn).not.toHaveBeenCalled()
  })

  it('stops waiting on its own timer when the signal aborts', async () => {
    const stop = new AbortController()
    const onRetry = () => queueMicrotask(() => stop.abort())
    const fn = failing(overloaded())
    const policy = { signal: stop.signal, onRetry, minDelayMs: 30_000, maxDelayMs: 60_000 }
    await expect(withRetry(fn, policy)).rejects.toBeInstanceOf(AbortedError)
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('waits on its own timer when nothing else is given', async () => {
    expect(await withRetry(failing(overloaded()), { minDelayMs: 1 })).toBe('attempt 2')
  })

  it('passes on what the operation rejects with when the signal aborts it', async () => {
    const stop = new AbortController()
    const error = overloaded()
    const attempt = withRetry(
      async () => {
        stop.abort()
        throw error
      },
      { ...fakeTime(), signal: stop.signal },
    )
    await expect(attempt).rejects.toBe(error)
  })

  it('takes an operation that throws at once', async () => {
    let calls = 0
    const fn = () => {
      calls += 1
      if (calls === 1) throw overloaded()
      return calls
    }
    expect(await withRetry(fn, fakeTime())).toBe(2)
  })

  it.each([
    ['maxAttempts', 0],
    ['maxAttempts', 1.5],
    ['minDelayMs', -1],
    ['maxDelayMs', 'soon'],
    ['maxElapsedMs', Number.NaN],
    ['signal', {}],
    ['signal', null],
    ['context', null],
    ['context', 'turn'],
    ['retryUnsafe', 'no'],
    ['retryUnsafe', null],
    ['failureOf', 1],
    ['onRetry', 1],
    ['random', 1],
    ['sleep', 1],
    ['now', 1],
  ])('refuses a wrong %s', async (option, value) => {
    const fn = failing()
    const error = await withRetry(fn, { [option]: value }).catch((caught) => caught)
    expect(error).toBeInstanceOf(InvalidInputError)
    expect(error.option).toBe(option)
    expect(fn).not.toHaveBeenCalled()
  })

  it.each([null, 3, 'often', []])('refuses %j as a policy', async (policy) => {
    const fn = failing()
    const error = await withRetry(fn, policy as unknown as RetryPolicy).catch((caught) => caught)
    expect(error).toBeInstanceOf(InvalidInputError)
    expect(error.option).toBe('policy')
    expect(fn).not.toHaveBeenCalled()
  })

  it('refuses something that is no function', async () => {
    await expect(withRetry(undefined as unknown as () => void)).rejects.toBeInstanceOf(InvalidInputError)
  })
})

describe('isRetryable', () => {
  it.each([
    [null, 'options'],
    [{ retryUnsafe: 'no' }, 'retryUnsafe'],
  ])('refuses %j as options', (options, option) => {
    const call = isRetryable as (cause: unknown, options: unknown) => boolean
    expect(() => call(overloaded(), options)).toThrow(expect.objectContaining({ option }))
  })

  it.each([
    ['a refusal under load', overloaded(), true],
    ['a refusal for good', new RpcError(-32602, 'no'), false],
    ['a request without an answer', new RequestTimeoutError('turn/start', 1), false],
    ['a failure', classifyFailure(overloaded()), true],
    ['nothing', undefined, false],
  ])('judges %s', (_title, cause, expected) => {
    expect(isRetryable(cause)).toBe(expected)
  })

  it('waives safety when told to', () => {
    expect(isRetryable(new RequestTimeoutError('turn/start', 1), { retryUnsafe: true })).toBe(true)
  })
})

it.each([
  ['not-sent', true],
  ['rejected', true],
  ['indeterminate', false],
  ['side-effects-possible', false],
] as const)('calls a repeat after %s safe: %s', (retrySafety, expected) => {
  expect(isSafeToRepeat({ ...classifyFailure(overloaded()), retrySafety })).toBe(expected)
})
