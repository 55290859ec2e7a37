import { describe, expect, it } from 'vitest'
import { judge, markedText } from '../../bench/harness/targets.js'

describe('A target', () => {
  it('is met by its very bound, and missed beyond it', () => {
    expect(judge({ figure: 'speed', atLeast: 0.9 }, 0.9).isMet).toBe(true)
    expect(judge({ figure: 'speed', atLeast: 0.9 }, 0.89).isMet).toBe(false)
    expect(judge({ figure: 'cpu', atMost: 1.15 }, 1.15).isMet).toBe(true)
    expect(judge({ figure: 'cpu', atMost: 1.15 }, 1.16).isMet).toBe(false)
  })

  it('is missed by what was not measured', () => {
    expect(judge({ figure: 'cpu', atMost: 1.15 }, Number.NaN).isMet).toBe(false)
  })

  it('is told in words, with its unit and what it is beside', () => {
    const texts = [
      judge({ figure: 'speed', atLeast: 3.5, versus: 'the SDK' }, 4),
      judge({ figure: 'peakRss', atMost: 65 }, 70),
      judge({ figure: 'extraMilliseconds', atMost: 40 }, 39),
    ].map(markedText)
    expect(texts).toEqual(['≥ 3.50 × the SDK ✓', 'RSS ≤ 65 MB ✗', '≤ 40 ms ✓'])
  })
})
