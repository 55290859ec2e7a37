import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { failOnUnhandled } from '../../rpc/helpers.js'
import { openReplay, received, sent, transcriptOf } from './support.js'

beforeEach(failOnUnhandled)

describe('recorded timing', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    onTestFinished(() => {
      vi.useRealTimers()
    })
  })

  it('keeps the pauses of the recording, from what was sent before them', async () => {
    const { transport, messages } = await openReplay(
      transcriptOf(
        received({ method: 'a' }, 50),
        sent({ method: 'b' }, 1000),
        received({ method: 'c' }, 1000),
        received({ method: 'd' }, 31_000),
        { type: 'closed', atMs: 31_500, reason: { kind: 'remote', message: 'gone' } },
      ),
      { timing: 'recorded' },
    )
    await vi.advanceTimersByTimeAsync(49)
    expect(messages).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(messages).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(messages).toHaveLength(1)
    transport.send({ method: 'b' })
    await vi.advanceTimersByTimeAsync(0)
    expect(messages).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(29_999)
    expect(messages).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(messages).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(500)
    expect(transport.remaining).toEqual([])
  })

  it('adds up pauses that are too short for a timer', async () => {
    const deltas = Array.from({ length: 100 }, (_, i) => received({ method: 'd' }, i * 0.1))
    const { messages } = await openReplay(transcriptOf(...deltas), { timing: 'recorded' })
    await vi.advanceTimersByTimeAsync(5)
    expect(messages.length).toBeGreaterThanOrEqual(50)
    expect(messages.length).toBeLessThanOrEqual(60)
    await vi.advanceTimersByTimeAsync(5)
    expect(messages).toHaveLength(100)
  })

  it('leaves no timer behind a close or a divergence', async () => {
    const late = [sent({ method: 'x' }), received({ method: 'a' }, 1000)]
    const first = await openReplay(transcriptOf(...late), { timing: 'recorded' })
    first.transport.send({ method: 'x' })
    await vi.advanceTimersByTimeAsync(1)
    expect(vi.getTimerCount()).toBe(1)
    await first.transport.close()
    expect(vi.getTimerCount()).toBe(0)
    const second = await openReplay(transcriptOf(...late), { timing: 'recorded' })
    second.transport.send({ method: 'x' })
    await vi.advanceTimersByTimeAsync(1)
    second.transport.send({ method: 'x' })
    await vi.advanceTimersByTimeAsync(0)
    expect(second.reasons).toMatchObject([{ kind: 'error' }])
    expect(vi.getTimerCount()).toBe(0)
  })
})
