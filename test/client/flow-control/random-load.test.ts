import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { classOf, type RequestClass } from '../../../src/client/flow-control/request-class.js'
import { FlowBench, microtasks, overloaded } from './support.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const METHODS = ['model/list', 'thread/start', 'command/exec', 'turn/interrupt']
const LIMITS = { maxInFlightRequests: 4, maxThreadRequests: 2, overloadRetries: 2 }

/** What happens next; `which` chooses among the requests that it can happen to. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('ask'), which: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('answer'), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('refuse'), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('abort'), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('pass', 'pause', 'resume', 'block', 'drain'),
      which: fc.nat(200),
    }),
  },
)

type Step = { readonly type: string; readonly which: number }

/** Plays steps against a flow and checks after each that no limit is exceeded. */
class Load {
  readonly bench = new FlowBench({ ...LIMITS, requestTimeoutMs: 500 })
  readonly controllers: AbortController[] = []
  readonly outcomes: Promise<unknown>[] = []
  readonly answered = new Set<object>()
  #settled = 0
  #drain = () => {}

  async play({ type, which }: Step): Promise<void> {
    const { bench } = this
    const open = this.inFlight()
    const request = open[which % open.length]
    if (type === 'ask') this.#ask(METHODS[which] as string)
    if (type === 'answer' && request) this.#settle(request, () => request.answer.resolve('done'))
    if (type === 'refuse' && request) this.#settle(request, () => request.answer.reject(overloaded()))
    if (type === 'abort') this.controllers[which % this.controllers.length]?.abort()
    if (type === 'pass') vi.advanceTimersByTime(which)
    if (type === 'pause') bench.flow.pause()
    if (type === 'resume') bench.flow.resume()
    if (type === 'block' && !bench.link.drained) {
      bench.link.drained = new Promise((resolve) => {
        this.#drain = resolve
      })
    }
    if (type === 'drain') {
      bench.link.drained = undefined
      this.#drain()
    }
    await microtasks()
    this.#check()
  }

  inFlight() {
    return this.bench.sent.filter((request) => !this.answered.has(request))
  }

  /** Answers everything until all has settled. */
  async finish(): Promise<void> {
    await this.play({ type: 'drain', which: 0 })
    await this.play({ type: 'resume', which: 0 })
    for (let i = 0; this.#settled < this.outcomes.length; i += 1) {
      if (i > 1_000) throw new Error('some requests never settle')
      if (this.inFlight().length > 0) await this.play({ type: 'answer', which: 0 })
      else await this.play({ type: 'pass', which: 100 })
    }
  }

  /** Checks that every place is free again. */
  checkRoom(): void {
    const { bench } = this
    const before = bench.sent.length
    const names = ['thread/start', 'thread/fork', 'a', 'b', 'command/exec']
    for (const name of names) void bench.run(name)
    expect(bench.names.slice(before)).toEqual(names)
  }

  #ask(method: string): void {
    const controller = new AbortController()
    const name = `${method}#${this.controllers.length}`
    this.controllers.push(controller)
    const count = () => {
      this.#settled += 1
    }
    const request = this.bench.run(name, { signal: controller.signal })
    this.outcomes.push(request)
    request.then(count, count)
  }

  #settle(request: object, act: () => void): void {
    this.answered.add(request)
    act()
  }

  #check(): void {
    const count = (...classes: RequestClass[]) =>
      this.inFlight().filter(({ name }) => classes.includes(classOf(name.split('#')[0] as string))).length
    expect(count('ordinary', 'thread')).toBeLessThanOrEqual(LIMITS.maxInFlightRequests)
    expect(count('thread')).toBeLessThanOrEqual(LIMITS.maxThreadRequests)
    expect(count('lasting')).toBeLessThanOrEqual(LIMITS.maxInFlightRequests)
  }
}

it('keeps the limits, the order within each class, and settles every request, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const load = new Load()
      for (const one of steps) await load.play(one)
      await load.finish()
      expect(load.bench.flow.waitingRequests).toBe(0)
      expect(vi.getTimerCount()).toBe(0)
      load.checkRoom()
      for (const method of METHODS) {
        const attempts = load.bench.names.filter((name) => name.startsWith(`${method}#`))
        // What was refused is sent again later; the first attempts are in the order of the requests.
        const firsts = [...new Set(attempts)].map((name) => Number(name.split('#')[1]))
        expect(firsts).toEqual(firsts.toSorted((a, b) => a - b))
      }
    }),
    { numRuns: 150 },
  )
})
