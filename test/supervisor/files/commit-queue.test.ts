import { describe, expect, it } from 'vitest'
import { CommitQueue } from '../../../src/supervisor/files/commit-queue.js'
import { deferred } from '../../../src/util/deferred.js'

describe('a commit queue', () => {
  it('commits what was added in a row at once, and what came meanwhile at once after that', async () => {
    const groups: (readonly number[])[] = []
    const gates = [deferred<void>(), deferred<void>()]
    const queue = new CommitQueue<number>(async (items) => {
      groups.push(items)
      await gates[groups.length - 1]?.promise
    })
    for (const item of [1, 2, 3]) queue.add(item)
    await Promise.resolve()
    expect(groups).toEqual([[1, 2, 3]])
    for (const item of [4, 5]) queue.add(item)
    const idle = queue.idle()
    gates[0]?.resolve()
    gates[1]?.resolve()
    await idle
    expect(groups).toEqual([
      [1, 2, 3],
      [4, 5],
    ])
    queue.add(6)
    await queue.idle()
    expect(groups.at(-1)).toEqual([6])
    await queue.idle()
  })
})
