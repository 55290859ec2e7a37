import { expect, it } from 'vitest'
import { ByteBudget } from '../../../src/exec-server/server/byte-budget.js'

it('a budget holds bytes up to its limit, and anything when it holds nothing', () => {
  const budget = new ByteBudget(10)
  expect([budget.take(6), budget.take(4), budget.take(1), budget.used]).toEqual([true, true, false, 10])
  budget.give(6)
  expect([budget.take(7), budget.take(6), budget.used]).toEqual([false, true, 10])
  budget.give(10)
  expect([budget.take(11), budget.take(0), budget.used]).toEqual([true, false, 11])
})
