import { afterEach, expect, it, vi } from 'vitest'
import type { ApprovalRequest } from '../../src/approvals/index.js'
import type { Codex } from '../../src/client/index.js'
import { deferred } from '../../src/util/deferred.js'
import { connectDouble, settle, THREAD } from './support.js'

const loading = await vi.hoisted(async () => {
  const { deferred: promised } = await import('../../src/util/deferred.js')
  return { started: promised<void>(), allowed: promised<void>() }
})

vi.mock('../../src/approvals/answering.js', async (original) => {
  loading.started.resolve()
  await loading.allowed.promise
  return original()
})

let codex: Codex | undefined
afterEach(async () => {
  await codex?.close()
})

it('shows the hook what was announced, even if the item ends while the first approval is loaded', async () => {
  const asked = deferred<ApprovalRequest>()
  const connected = await connectDouble({
    onApproval: (request) => {
      asked.resolve(request)
      return 'decline'
    },
  })
  codex = connected.codex
  const { server, thread } = connected
  thread.stream('hi')
  await server.call('turn/start')
  server.tell('turn/started', 'turn-1')
  const changes = [{ path: '/work/a.ts', kind: { type: 'update' }, diff: '-a\n+b' }]
  const item = { id: 'call-1', type: 'fileChange', status: 'inProgress', changes }
  server.send({ method: 'item/started', params: { threadId: THREAD, turnId: 'turn-1', item } })
  const params = { threadId: THREAD, turnId: 'turn-1', itemId: 'call-1', startedAtMs: 1 }
  server.send({ id: 1, method: 'item/fileChange/requestApproval', params })
  await loading.started.promise
  server.send({ method: 'item/completed', params: { threadId: THREAD, turnId: 'turn-1', item } })
  await settle()
  loading.allowed.resolve()
  expect(await asked.promise).toMatchObject({ kind: 'file-change', changes })
})
