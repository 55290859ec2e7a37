import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { failOnUnhandled } from '../../rpc/helpers.js'
import { SCENARIOS } from './scenarios.js'

const advance = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms)
}

describe.each<[string, Parameters<typeof vi.useFakeTimers>[0]]>([
  ['as they are by default', {}],
  ['of setTimeout alone', { toFake: ['setTimeout', 'clearTimeout'] }],
])('the fake timers of vitest, %s, drive', (_what, options) => {
  beforeEach(() => {
    failOnUnhandled()
    vi.useFakeTimers(options)
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it.each(SCENARIOS)('%s', async (_name, play) => {
    await play(advance)
    expect(vi.getTimerCount()).toBe(0)
  })
})
