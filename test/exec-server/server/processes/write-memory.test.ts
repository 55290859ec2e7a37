import { expect, it } from 'vitest'
import { WriteMemory } from '../../../../src/exec-server/server/processes/write-memory.js'

it('the ids of the last writes are remembered, and only those', () => {
  const memory = new WriteMemory(3)
  expect(['a', 'b', 'a', 'c', 'b'].map((id) => memory.isRepeated(id))).toEqual([
    false,
    false,
    true,
    false,
    true,
  ])
  expect(memory.isRepeated('d')).toBe(false)
  expect(memory.isRepeated('b')).toBe(true)
  expect(memory.isRepeated('a')).toBe(false)
})
