import { beforeEach, expect, test } from 'vitest'
import { Emitter } from '../../src/util/emitter.js'
import { failOnUnhandled } from '../rpc/helpers.js'

beforeEach(failOnUnhandled)

interface Events {
  readonly data: readonly [text: string, size: number]
  readonly end: readonly []
}

test('listeners get the arguments in the order they were added, until they are taken away', () => {
  const emitter = new Emitter<Events>()
  const seen: unknown[] = []
  const off = emitter.on('data', (text, size) => seen.push(['first', text, size]))
  emitter.on('data', (text) => seen.push(['second', text]))
  emitter.emit('data', 'a', 1)
  off()
  off()
  emitter.emit('data', 'b', 2)
  emitter.emit('end')
  expect(seen).toEqual([
    ['first', 'a', 1],
    ['second', 'a'],
    ['second', 'b'],
  ])
  expect([emitter.listenerCount('data'), emitter.listenerCount('end')]).toEqual([1, 0])
})

test('a listener added twice is called twice and taken away once at a time', () => {
  const emitter = new Emitter<Events>()
  let calls = 0
  const listener = () => {
    calls += 1
  }
  const off = emitter.on('end', listener)
  emitter.on('end', listener)
  off()
  emitter.emit('end')
  expect(calls).toBe(1)
})

test('what a listener throws or rejects with is dropped', () => {
  const emitter = new Emitter<Events>()
  let calls = 0
  emitter.on('end', () => {
    throw new Error('thrown')
  })
  emitter.on('end', async () => {
    throw new Error('rejected')
  })
  emitter.on('end', () => {
    calls += 1
  })
  emitter.emit('end')
  expect(calls).toBe(1)
})

test('an event that nobody listens to is no error', () => {
  expect(() => new Emitter<{ error: readonly [Error] }>().emit('error', new Error('x'))).not.toThrow()
})
