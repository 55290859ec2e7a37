import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdTable } from '../../src/rpc/id-table.js'
import type { RequestId } from '../../src/rpc/messages.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

interface Request {
  readonly id: RequestId
}

const ODD_IDS: readonly RequestId[] = ['', '1', 'a', 0.5, 1.5, -1, Number.NaN, 2 ** 31, 2 ** 53, -(2 ** 40)]
// Few of them, and those 128 and 256 apart share a place.
const ids = fc.oneof(
  fc.nat(6),
  fc.nat(2).map((n) => 128 * n + 1),
  fc.constantFrom(...ODD_IDS),
)

test('it finds what a map finds, whatever the ids', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), ids), { maxLength: 60 }), (steps) => {
      const table = new IdTable<Request>()
      const map = new Map<RequestId, Request>()
      for (const [isAdded, id] of steps) {
        const known = map.get(id)
        if (isAdded && !known) {
          const request = { id }
          map.set(id, request)
          table.add(request)
        } else if (!isAdded && known) {
          map.delete(id)
          table.delete(known)
        }
        expect(table.size).toBe(map.size)
        expect(table.get(id)).toBe(map.get(id))
      }
      expect(new Set(table.values())).toEqual(new Set(map.values()))
    }),
  )
})

test('deleting a request leaves another of the same id, and what was deleted before', () => {
  for (const id of [7, 'seven']) {
    const table = new IdTable<Request>()
    const [old, current] = [{ id }, { id }]
    table.add(old)
    table.delete(old)
    table.add(current)
    table.delete(old)
    table.delete(old)
    expect([table.get(id), table.size]).toEqual([current, 1])
    expect(table.get(id)).toBe(current)
  }
})

test('its values come by number, far more of them than have a place', () => {
  const table = new IdTable<Request>()
  const requests = Array.from({ length: 1_000 }, (_, id) => ({ id }))
  for (const request of requests) table.add(request)
  // Their places go to requests that are newer than those in the map.
  for (const request of requests.slice(0, 50)) table.delete(request)
  const newer = Array.from({ length: 100 }, (_, i) => ({ id: 1_000 + i }))
  for (const request of newer) table.add(request)
  expect(table.values()).toEqual([...requests.slice(50), ...newer])
})

test('values whose ids are no numbers come in the order they were added', () => {
  const table = new IdTable<Request>()
  for (const id of ['c', 'a', 'b']) table.add({ id })
  expect(table.values().map(({ id }) => id)).toEqual(['c', 'a', 'b'])
})
