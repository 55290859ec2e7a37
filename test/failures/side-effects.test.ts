import { expect, it } from 'vitest'
import { itemMayHaveSideEffects } from '../../src/failures/index.js'

it.each([
  ['agentMessage', false],
  ['reasoning', false],
  ['webSearch', false],
  ['commandExecution', true],
  ['fileChange', true],
  ['mcpToolCall', true],
  ['dynamicToolCall', true],
  ['somethingNew', true],
])('says whether an item of type %s can have changed anything: %s', (type, expected) => {
  expect(itemMayHaveSideEffects(type)).toBe(expected)
})
