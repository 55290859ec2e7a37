import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { WriteMemory } from '../../../../src/exec-server/server/processes/write-memory.js'

const done = Promise.resolve()

it('the ids of the last writes are remembered, and only those', () => {
  const memory = new WriteMemory(3)
  for (const id of ['a', 'b', 'a', 'c']) memory.add(id, done)
  expect(['a', 'b', 'c', 'd'].map((id) => memory.has(id))).toEqual([true, true, true, false])
  memory.add('d', done)
  expect(['a', 'b', 'c', 'd'].map((id) => memory.has(id))).toEqual([false, true, true, true])
})

it('long ids are told apart, and short ones from what is remembered of them', () => {
  const memory = new WriteMemory()
  const long = 'x'.repeat(1_000_000)
  memory.add(`${long}1`, done)
  expect([`${long}1`, `${long}2`, long].map((id) => memory.has(id))).toEqual([true, false, false])
  const digest = createHash('sha256').update(`${long}1`).digest('hex')
  expect([digest, `sha256:${digest}`].map((id) => memory.has(id))).toEqual([false, false])
})
