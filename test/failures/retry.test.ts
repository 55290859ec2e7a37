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

const overloaded = (message = 'Server overloaded; retry later.') => new RpcError(-32001, message)

/** A clock that only sleeping moves, and the waits that were asked for. */
function fakeTime() {
  const waits: number[] = []
  let time = 0
  return {
    waits,
    now: () => time,
    random: () => 0.5,
    sleep: async (ms: number) => {
      waits.push(ms)
      time += ms
    },
  }
}

/** Fails with each of the errors in turn, then succeeds. */
function failing(...errors: unknown[]) {
  return vi.fn(async (attempt: number) => {
    if (attempt <= errors.length) throw errors[attempt - 1]
    return `attempt ${attempt}`
  })
}

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

  it('refuses something that is no function', async () => {
    await expect(withRetry(undefined as unknown as () => void)).rejects.toBeInstanceOf(InvalidInputError)
  })
})

describe('isRetryable', () => {
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
