import { expect, it } from 'vitest'
import { AnswerTurns } from '../../../src/exec-server/server/answer-turns.js'
import { deferred } from '../../../src/util/deferred.js'
import { macrotask } from '../../rpc/helpers.js'

it('answers are let through one a task, and only while the other side reads', async () => {
  let blocked: ReturnType<typeof deferred<void>> | undefined
  const turns = new AnswerTurns(() => blocked?.promise)
  const order: number[] = []
  const all = [1, 2, 3, 4].map((number) => turns.next().then(() => order.push(number)))
  await Promise.resolve()
  await Promise.resolve()
  await Promise.resolve()
  expect(order).toEqual([1])
  await all[1]
  expect(order).toEqual([1, 2])
  blocked = deferred()
  await macrotask()
  await macrotask()
  await macrotask()
  expect(order).toEqual([1, 2])
  const { resolve } = blocked
  blocked = undefined
  resolve()
  await Promise.all(all)
  expect(order).toEqual([1, 2, 3, 4])
})
