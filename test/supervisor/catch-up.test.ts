import { describe, expect, it } from 'vitest'
import { memoryStore, type SupervisorKinds } from '../../src/supervisor/index.js'
import { Records } from '../../src/supervisor/records/records.js'
import type { SessionRecord } from '../../src/supervisor/records/session-record.js'
import { deferred } from '../../src/util/deferred.js'

const RETENTION = { keptSessions: 10, keptTurns: 10, keptRuns: 10 }
const AT = '2026-01-01T00:00:00.000Z'

function putSession(sessionId: string, more: Partial<SessionRecord> = {}) {
  const value = {
    sessionId,
    status: 'idle',
    turns: 0,
    settings: {},
    createdAt: AT,
    updatedAt: AT,
    ...more,
  } as const
  return { type: 'put', kind: 'session', key: sessionId, value } as const
}

/** Records on a store whose writes go through `guard` first. */
async function recordsWith(guard: () => Promise<void>) {
  const store = memoryStore<SupervisorKinds>()
  const batch = store.batch.bind(store)
  store.batch = async (changes) => {
    await guard()
    await batch(changes)
  }
  await store.open()
  const caughtUp = deferred<void>()
  const records = new Records(store, RETENTION, {
    onProblem: () => {},
    onCaughtUp: () => caughtUp.resolve(),
    onRunForgotten: () => {},
  })
  const kept = async () => (await store.list('session')).map(({ key }) => key).sort()
  return { records, kept, caughtUp: caughtUp.promise }
}

const full = () => Promise.reject(new Error('no space left'))

describe('what a store has refused', () => {
  it('is written when it takes more, but for a record that it can never take', async () => {
    let guard: () => Promise<void> = full
    const { records, kept, caughtUp } = await recordsWith(() => guard())
    await records.update([putSession('good')])
    // What JSON cannot say without loss.
    await records.update([putSession('bad', { metadata: { at: new Date(0) } })])
    await records.update([putSession('fine')])
    expect(records.behind).toBe(3)
    guard = async () => {}
    await caughtUp
    expect(await kept()).toEqual(['fine', 'good'])
    expect(records.behind).toBe(0)
    await records.close()
  })

  it('is tried once more by the close when the attempt that is under way fails', async () => {
    const [begun, refused] = [deferred<void>(), deferred<never>()]
    let attempts = 0
    const { records, kept } = await recordsWith(async () => {
      attempts += 1
      if (attempts === 1) await full()
      if (attempts > 2) return
      begun.resolve()
      await refused.promise
    })
    await records.update([putSession('late')])
    await begun.promise
    const closing = records.close()
    refused.reject(new Error('no space left'))
    await closing
    expect(await kept()).toEqual(['late'])
  })
})
