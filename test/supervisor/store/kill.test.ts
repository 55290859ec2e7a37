import { describe, expect, it } from 'vitest'
import { killWriter } from '../kill/kill-writer.js'

describe('a writer that is killed at random moments', () => {
  // `npm run kill-store` does it 200 times.
  it('leaves a store that opens, with every acknowledged batch and no half of another, and every event that was told', async () => {
    const { problems, ...counts } = await killWriter(25, 20_261_121)
    expect(problems).toEqual([])
    expect(counts).toMatchObject({ kills: 25, acknowledged: expect.any(Number) })
    expect(counts.acknowledged).toBeGreaterThan(100)
    expect(counts.eventsTold).toBeGreaterThan(50)
    expect(counts.locksTakenOver).toBeGreaterThan(10)
    // Only against a hang: a machine with much else to do is slow to start programs.
  }, 120_000)
})
