import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { classifyFailure } from '../../../src/failures/index.js'
import { ConnectionClosedError, RequestTimeoutError } from '../../../src/rpc/errors.js'
import { deferred } from '../../../src/util/deferred.js'
import { AbortedError } from '../../../src/util/errors.js'
import { FlowBench, failureOf, microtasks } from './support.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  // Nothing may be left that would keep a program alive.
  const timers = vi.getTimerCount()
  vi.useRealTimers()
  expect(timers).toBe(0)
})

describe('a request that there is room for', () => {
  it('is sent within the call, with its own deadline and signal, and without a timer', async () => {
    const bench = new FlowBench()
    const { signal } = new AbortController()
    const request = bench.run('model/list', { timeoutMs: 70, signal })
    expect(bench.sent).toMatchObject([{ name: 'model/list', remainingMs: 70, signal }])
    expect(vi.getTimerCount()).toBe(0)
    expect(getEventListeners(signal, 'abort')).toEqual([])
    await bench.answer('model/list', 'models')
    expect(await request).toBe('models')
  })

  it('has the deadline of the flow when it names none', () => {
    const bench = new FlowBench({ requestTimeoutMs: 123 })
    void bench.run('model/list')
    expect(bench.sent).toMatchObject([{ remainingMs: 123 }])
  })

  it.each([
    ['timeoutMs', { timeoutMs: 0 }],
    ['signal', { signal: 'soon' as never }],
  ])('is refused for a wrong %s before it is sent', (option, options) => {
    const bench = new FlowBench()
    expect(() => bench.run('model/list', options)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', option }),
    )
    expect(bench.sent).toEqual([])
  })
})

describe('the limits', () => {
  it('hold the requests beyond them back, and send them in order as places come free', async () => {
    const bench = new FlowBench()
    const answers = bench.runAll(['a', 'b', 'c', 'd'])
    expect(bench.names).toEqual(['a', 'b'])
    expect(bench.flow.waitingRequests).toBe(2)
    await bench.answer('b')
    expect(bench.names).toEqual(['a', 'b', 'c'])
    await bench.answer('a')
    expect(bench.names).toEqual(['a', 'b', 'c', 'd'])
    await bench.answer('c')
    await bench.answer('d')
    expect(await answers).toEqual(['a', 'b', 'c', 'd'])
    expect(bench.flow.waitingRequests).toBe(0)
  })

  it('let no newcomer pass those that wait', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    const answers = bench.runAll(['a', 'b'])
    bench.last('a').answer.resolve('a')
    // Whoever reacts first to the answer must not take the place of b.
    const late = bench.run('c')
    await microtasks()
    expect(bench.names).toEqual(['a', 'b'])
    await bench.answer('b')
    await bench.answer('c')
    expect([await answers, await late]).toEqual([['a', 'b'], 'c'])
  })

  it.each(['an answer', 'a refusal', 'a deadline', 'an abort', 'a failure to send'])(
    'give the place of a request free after %s',
    async (outcome) => {
      const bench = new FlowBench({ maxInFlightRequests: 1 })
      const send = () => {
        if (outcome === 'a failure to send') throw new Error('not open')
        if (outcome === 'an answer') return Promise.resolve()
        return Promise.reject(outcome === 'an abort' ? new AbortedError('x') : new Error(outcome))
      }
      await bench.flow.run('x', undefined, send).catch(() => {})
      void bench.run('next')
      expect(bench.names).toEqual(['next'])
    },
  )

  it('let ordinary requests pass those that wait to load a thread', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 2, maxThreadRequests: 1 })
    const answers = bench.runAll(['thread/start#1', 'thread/resume#2', 'thread/fork#3', 'a', 'b'])
    expect(bench.names).toEqual(['thread/start#1', 'a'])
    await bench.answer('a')
    expect(bench.names).toEqual(['thread/start#1', 'a', 'b'])
    await bench.answer('thread/start#1')
    await bench.answer('thread/resume#2')
    expect(bench.names.slice(3)).toEqual(['thread/resume#2', 'thread/fork#3'])
    await bench.answer('b')
    await bench.answer('thread/fork#3')
    await answers
  })

  it('do not let ordinary requests that came later keep a thread from being loaded', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1, maxThreadRequests: 1 })
    const answers = bench.runAll(['a', 'thread/start', 'b', 'c'])
    for (const name of ['a', 'thread/start', 'b', 'c']) await bench.answer(name)
    await answers
    expect(bench.names).toEqual(['a', 'thread/start', 'b', 'c'])
  })

  it('do not hold up what stops something, however many wait', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    void bench.run('a')
    void failureOf(bench.run('b'))
    void bench.run('turn/interrupt')
    void bench.run('initialize')
    expect(bench.names).toEqual(['a', 'turn/interrupt', 'initialize'])
    bench.flow.close(() => new Error('end'))
  })

  it('count what lasts apart, so that what feeds it finds room', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    void bench.run('command/exec#1')
    void failureOf(bench.run('command/exec#2'))
    void bench.run('command/exec/write')
    expect(bench.names).toEqual(['command/exec#1', 'command/exec/write'])
    await bench.answer('command/exec#1')
    expect(bench.names.at(-1)).toBe('command/exec#2')
  })
})

describe('a request that waits', () => {
  it('rejects when its signal aborts, is never sent, and leaves no listener', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    const controller = new AbortController()
    void bench.run('a')
    const failed = failureOf(bench.run('b', { signal: controller.signal }))
    void bench.run('c')
    controller.abort('changed my mind')
    const error = await failed
    expect(error).toBeInstanceOf(AbortedError)
    expect(error).toMatchObject({ cause: 'changed my mind', requestWritten: false })
    expect(classifyFailure(error).retrySafety).toBe('not-sent')
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    await bench.answer('a')
    expect(bench.names).toEqual(['a', 'c'])
  })

  it('rejects at once when its signal has aborted before', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    void bench.run('a')
    const error = await failureOf(bench.run('b', { signal: AbortSignal.abort() }))
    expect(error).toMatchObject({ code: 'ABORTED', requestWritten: false })
    expect(bench.flow.waitingRequests).toBe(0)
  })

  it('rejects at its deadline with an error that says that nothing was sent', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    void bench.run('a')
    const failed = failureOf(bench.run('thread/read', { timeoutMs: 50 }))
    vi.advanceTimersByTime(49)
    expect(bench.flow.waitingRequests).toBe(1)
    vi.advanceTimersByTime(1)
    const error = await failed
    expect(error).toBeInstanceOf(RequestTimeoutError)
    expect(error).toMatchObject({ method: 'thread/read', timeoutMs: 50, requestWritten: false })
    expect(String(error)).toContain('could not be sent within 50 ms')
    expect(classifyFailure(error)).toMatchObject({ kind: 'backend-timeout', retrySafety: 'not-sent' })
    await bench.answer('a')
    expect(bench.names).toEqual(['a'])
  })

  it('has only the rest of its deadline when it is sent, and names the whole when it is late', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    void bench.run('a')
    const failed = failureOf(bench.run('b', { timeoutMs: 100 }))
    vi.advanceTimersByTime(60)
    await bench.answer('a')
    expect(bench.last('b').remainingMs).toBeCloseTo(40)
    await bench.refuse('b', new RequestTimeoutError('b', bench.last('b').remainingMs))
    const error = await failed
    expect(error).toMatchObject({ timeoutMs: 100, requestWritten: undefined })
    expect(classifyFailure(error).retrySafety).toBe('indeterminate')
  })

  it('is not sent when its deadline has passed in a program too busy for its timer', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    void bench.run('a')
    const failed = failureOf(bench.run('b', { timeoutMs: 100 }))
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 100)
    await bench.answer('a')
    now.mockRestore()
    expect(await failed).toMatchObject({ code: 'REQUEST_TIMEOUT', requestWritten: false })
    expect(bench.names).toEqual(['a'])
  })

  it('waits without a timer when it has no deadline', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    const answers = Promise.all([bench.run('a'), bench.run('b', { timeoutMs: Infinity })])
    expect(vi.getTimerCount()).toBe(0)
    await bench.answer('a')
    expect(bench.last('b').remainingMs).toBe(Infinity)
    await bench.answer('b')
    await answers
  })
})

describe('a pause', () => {
  it('holds back even what is urgent, and sends it first when it ends', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    bench.flow.pause()
    const answers = bench.runAll(['a', 'b', 'turn/interrupt'])
    expect(bench.names).toEqual([])
    bench.flow.resume()
    expect(bench.names).toEqual(['turn/interrupt', 'a'])
    for (const name of ['turn/interrupt', 'a', 'b']) await bench.answer(name)
    await answers
  })

  it('lets deadlines run and signals abort, and touches nothing that was sent', async () => {
    const bench = new FlowBench()
    const controller = new AbortController()
    const sent = bench.run('a')
    bench.flow.pause()
    const late = failureOf(bench.run('b', { timeoutMs: 10 }))
    const aborted = failureOf(bench.run('c', { signal: controller.signal }))
    vi.advanceTimersByTime(10)
    controller.abort()
    expect(await late).toMatchObject({ code: 'REQUEST_TIMEOUT', requestWritten: false })
    expect(await aborted).toMatchObject({ code: 'ABORTED', requestWritten: false })
    await bench.answer('a')
    expect(await sent).toBe('a')
    bench.flow.resume()
    expect(bench.names).toEqual(['a'])
  })
})

describe('a close', () => {
  const reason = { kind: 'remote', message: 'gone' } as const

  it('rejects everything that waits with one cause, once, and nothing that was sent', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    const sent = bench.run('a')
    const failed = ['b', 'thread/start'].map((name) => failureOf(bench.run(name)))
    const close = () =>
      bench.flow.close((method) => new ConnectionClosedError(reason, { method, requestWritten: false }))
    close()
    close()
    for (const error of await Promise.all(failed)) {
      expect(error).toMatchObject({ code: 'CONNECTION_CLOSED', reason, requestWritten: false })
      expect(classifyFailure(error).retrySafety).toBe('not-sent')
    }
    await bench.answer('a')
    expect(await sent).toBe('a')
    expect(bench.names).toEqual(['a'])
  })

  it('during a pause ends the pause: later requests are refused by what they are sent to', async () => {
    const bench = new FlowBench()
    bench.flow.pause()
    const failed = failureOf(bench.run('a'))
    bench.flow.close(() => new Error('end'))
    expect(await failed).toMatchObject({ message: 'end' })
    void bench.run('b')
    expect(bench.names).toEqual(['b'])
  })

  it('is not upset by a reaction that asks again', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    void bench.run('a')
    const again = bench.run('b').catch(() => bench.run('c'))
    bench.flow.close(() => new Error('end'))
    await microtasks()
    await bench.answer('c')
    expect(await again).toBe('c')
  })

  it('of the connection keeps what waits from being sent into it', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 1 })
    const first = failureOf(bench.run('a'))
    const second = failureOf(bench.run('b'))
    // As a peer does it: the reason is there before what was sent rejects, and is told to others after.
    bench.link.closeReason = reason
    await bench.refuse('a', new ConnectionClosedError(reason))
    await first
    expect(bench.names).toEqual(['a'])
    bench.flow.close((method) => new ConnectionClosedError(reason, { method, requestWritten: false }))
    expect(await second).toMatchObject({ code: 'CONNECTION_CLOSED', requestWritten: false })
  })
})

describe('a connection that does not drain', () => {
  it('holds requests back until it does, but for the urgent', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 4 })
    let drain = () => {}
    bench.link.drained = new Promise((resolve) => {
      drain = resolve
    })
    const answers = bench.runAll(['a', 'thread/start', 'turn/interrupt'])
    expect(bench.names).toEqual(['turn/interrupt'])
    bench.link.drained = undefined
    drain()
    await microtasks()
    expect(bench.names).toEqual(['turn/interrupt', 'a', 'thread/start'])
    for (const name of bench.names) await bench.answer(name)
    await answers
  })

  it('lets no newcomer pass those that waited, when it has just drained', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 4 })
    const drained = deferred<void>()
    bench.link.drained = drained.promise
    const answers = bench.runAll(['a', 'b'])
    bench.link.drained = undefined
    drained.resolve()
    const late = bench.run('c')
    await microtasks()
    expect(bench.names).toEqual(['a', 'b', 'c'])
    for (const name of bench.names) await bench.answer(name)
    await Promise.all([answers, late])
  })

  it('stops between two requests that waited together', async () => {
    const bench = new FlowBench({ maxInFlightRequests: 3 })
    bench.flow.pause()
    let drain = () => {}
    const sent: string[] = []
    const send = (name: string) =>
      bench.flow.run(name, undefined, async () => {
        sent.push(name)
        bench.link.drained = new Promise((resolve) => {
          drain = resolve
        })
      })
    const answers = [send('a'), send('b'), send('c')]
    bench.flow.resume()
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      await microtasks()
      expect(sent.length).toBe(index + 1)
      expect(sent.at(-1)).toBe(name)
      bench.link.drained = undefined
      drain()
    }
    await Promise.all(answers)
  })

  it('never drains: the requests end by their deadlines', async () => {
    const bench = new FlowBench()
    bench.link.drained = new Promise(() => {})
    const failed = failureOf(bench.run('a', { timeoutMs: 20 }))
    vi.advanceTimersByTime(20)
    expect(await failed).toMatchObject({ code: 'REQUEST_TIMEOUT', requestWritten: false })
  })
})
