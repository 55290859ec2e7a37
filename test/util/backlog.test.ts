import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Backlog } from '../../src/util/backlog.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

const weighed = {
  maxWeight: 1e9,
  weigh: (value: number) => value,
  isDroppable: () => false,
  lagged: () => -1,
}

describe('a backlog', () => {
  test('gives back all at once what stands on both sides of the end of its ring', () => {
    for (const limit of [undefined, weighed]) {
      const backlog = new Backlog<number>(limit)
      for (let i = 0; i < 16; i += 1) backlog.add(i)
      for (let i = 0; i < 10; i += 1) backlog.take()
      for (let i = 16; i < 22; i += 1) backlog.add(i)
      expect(backlog.takeAll()).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21])
      expect([backlog.size, backlog.weight]).toEqual([0, 0])
    }
  })

  test('keeps order and weight through any mixture of adding, taking, taking all and clearing', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 40 }) },
      { weight: 4, arbitrary: fc.integer({ min: -30, max: -1 }) },
      { weight: 1, arbitrary: fc.constantFrom('all', 'clear') },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.boolean(), (steps, isWeighed) => {
        const backlog = new Backlog<number>(isWeighed ? weighed : undefined)
        let model: number[] = []
        let next = 1
        for (const one of steps) {
          if (one === 'all') {
            expect(backlog.takeAll()).toEqual(model)
            model = []
          } else if (one === 'clear') {
            backlog.clear()
            model = []
          } else if (one > 0) {
            for (let i = 0; i < one; i += 1) {
              model.push(next)
              backlog.add(next++)
            }
            expect(backlog.last).toBe(model.at(-1))
          } else {
            for (let i = Math.min(-one, model.length); i > 0; i -= 1) {
              expect(backlog.take()).toBe(model.shift())
            }
          }
          expect(backlog.size).toBe(model.length)
          expect(backlog.weight).toBe(isWeighed ? model.reduce((sum, value) => sum + value, 0) : 0)
        }
      }),
    )
  })

  test('works on when it was emptied of so much that it let its ring go', () => {
    for (const limit of [undefined, weighed]) {
      const backlog = new Backlog<number>(limit)
      for (const count of [100_000, 50, 10_000]) {
        for (let i = 1; i <= count; i += 1) backlog.add(i)
        const taken = Array.from({ length: count }, () => backlog.take())
        expect(taken.every((value, i) => value === i + 1)).toBe(true)
        expect([backlog.size, backlog.weight]).toEqual([0, 0])
      }
      for (let i = 0; i < 20_000; i += 1) backlog.add(i)
      expect(backlog.takeAll()).toHaveLength(20_000)
      backlog.add(7)
      expect(backlog.takeAll()).toEqual([7])
    }
  })
})
