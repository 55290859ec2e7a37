import { expect, it } from 'vitest'
import { takeTurnPlace } from '../../../src/integrations/openai-codex-sdk/turn-places.js'

it('the place of a thread for a turn is taken once, until it is given back', () => {
  const leave = takeTurnPlace('/home', 'thread')
  expect(leave).toBeDefined()
  expect(takeTurnPlace('/home', 'thread')).toBeUndefined()
  leave?.()
  const again = takeTurnPlace('/home', 'thread')
  expect(again).toBeDefined()
  // Given back twice, it does not give back the place of who came next.
  leave?.()
  expect(takeTurnPlace('/home', 'thread')).toBeUndefined()
  again?.()
})

it('threads of the same id in two homes are two threads', () => {
  const leaves = [takeTurnPlace('/one', 'thread'), takeTurnPlace('/two', 'thread')]
  expect(leaves).not.toContain(undefined)
  for (const leave of leaves) leave?.()
})
