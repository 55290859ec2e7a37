import { expect, it } from 'vitest'
import { UsageMeter } from '../../src/client/usage.js'
import type { Received } from '../../src/protocol/index.js'

function counts(input: number, output: number): Received.TokenUsageBreakdown {
  return {
    totalTokens: input + output,
    inputTokens: input,
    cachedInputTokens: Math.floor(input / 2),
    outputTokens: output,
    reasoningOutputTokens: Math.floor(output / 2),
  } as Received.TokenUsageBreakdown
}

it('is the whole total in the first turn of a thread', () => {
  const meter = new UsageMeter(undefined)
  const first = meter.update({ total: counts(100, 20), last: counts(100, 20), modelContextWindow: 1000 })
  expect(first).toMatchObject({ totalTokens: 120, contextTokens: 120, contextWindow: 1000 })
  expect(meter.update({ total: counts(300, 40), last: counts(200, 20), modelContextWindow: null })).toEqual({
    totalTokens: 340,
    inputTokens: 300,
    cachedInputTokens: 150,
    outputTokens: 40,
    reasoningOutputTokens: 20,
    thread: { ...counts(300, 40) },
    contextTokens: 220,
    contextWindow: undefined,
  })
})

it('leaves out what was used before the turn, whether or not an earlier turn told it', () => {
  const report = { total: counts(500, 100), last: counts(200, 20), modelContextWindow: null }
  const expected = { totalTokens: 220, inputTokens: 200, outputTokens: 20, thread: { totalTokens: 600 } }
  expect(new UsageMeter(counts(300, 80)).update(report)).toMatchObject(expected)
  expect(new UsageMeter(undefined).update(report)).toMatchObject(expected)
})

it('counts parts that are missing as nothing', () => {
  const meter = new UsageMeter(undefined)
  const part = { totalTokens: 5 } as Received.TokenUsageBreakdown
  expect(meter.update({ total: part, last: part, modelContextWindow: null })).toMatchObject({
    totalTokens: 5,
    inputTokens: 0,
    reasoningOutputTokens: 0,
  })
})
