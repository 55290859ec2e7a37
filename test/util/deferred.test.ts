import { expect, test } from 'vitest'
import { deferred } from '../../src/util/deferred.js'

test('the owner resolves it, with a value or a promise', async () => {
  const value = deferred<number>()
  value.resolve(1)
  value.resolve(2)
  value.reject(new Error('too late'))
  expect(await value.promise).toBe(1)
  const later = deferred<number>()
  later.resolve(Promise.resolve(3))
  expect(await later.promise).toBe(3)
})

test('the owner rejects it', async () => {
  const { promise, reject } = deferred<void>()
  const error = new Error('no')
  reject(error)
  await expect(promise).rejects.toBe(error)
})
