import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { onAbort } from '../../src/util/on-abort.js'

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

describe('onAbort', () => {
  it('calls each callback once, in order, over one listener', () => {
    const controller = new AbortController()
    const calls: number[] = []
    for (let i = 0; i < 100; i += 1) onAbort(controller.signal, () => calls.push(i))
    expect(listeners(controller.signal)).toBe(1)
    controller.abort()
    expect(calls).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(listeners(controller.signal)).toBe(0)
  })

  it('does not call what was taken away, and leaves no listener behind', () => {
    const controller = new AbortController()
    const kept = vi.fn()
    const gone = vi.fn()
    const removeKept = onAbort(controller.signal, kept)
    onAbort(controller.signal, gone)()
    expect(listeners(controller.signal)).toBe(1)
    removeKept()
    removeKept()
    expect(listeners(controller.signal)).toBe(0)
    onAbort(controller.signal, kept)
    controller.abort()
    expect(kept).toHaveBeenCalledTimes(1)
    expect(gone).not.toHaveBeenCalled()
  })

  it('does not call what another callback takes away', () => {
    const controller = new AbortController()
    const second = vi.fn()
    let remove = () => {}
    onAbort(controller.signal, () => remove())
    remove = onAbort(controller.signal, second)
    controller.abort()
    expect(second).not.toHaveBeenCalled()
  })

  it('keeps later callbacks when one is taken away twice', () => {
    const controller = new AbortController()
    const removeFirst = onAbort(controller.signal, () => {})
    removeFirst()
    const later = vi.fn()
    onAbort(controller.signal, later)
    removeFirst()
    controller.abort()
    expect(later).toHaveBeenCalledTimes(1)
  })
})
