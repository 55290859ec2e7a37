import { expect, test } from 'vitest'
import type { Server } from '../../../src/integrations/openai-codex-sdk/server.js'
import { SharedServer } from '../../../src/integrations/openai-codex-sdk/shared-server.js'
import { RpcError } from '../../../src/rpc/errors.js'
import { type Deferred, deferred } from '../../../src/util/deferred.js'
import { SILENCE } from '../../client/support.js'
import { macrotask } from '../../rpc/helpers.js'
import { serverDouble } from './support.js'

/** A shared server whose starts a test completes. */
function heldStarts() {
  const starts: (Deferred<Server> & { readonly signal: AbortSignal })[] = []
  const shared = new SharedServer((signal) => {
    const start = { ...deferred<Server>(), signal }
    starts.push(start)
    return start.promise
  })
  return { starts, shared }
}

test('nothing starts before it is needed, and those who need it at once share one start', async () => {
  const { starts, shared } = heldStarts()
  expect(starts).toHaveLength(0)
  const leases = [shared.acquire(undefined), shared.acquire(undefined)]
  const { server } = await serverDouble()
  starts[0]?.resolve(server)
  expect((await Promise.all(leases)).map((lease) => lease.server)).toEqual([server, server])
  expect(starts).toHaveLength(1)
})

test('a start that failed fails all who waited for it, and the next one tries again', async () => {
  const { starts, shared } = heldStarts()
  const waiting = [shared.acquire(undefined), shared.acquire(undefined)]
  const failure = new Error('no Codex')
  starts[0]?.reject(failure)
  const outcomes = await Promise.allSettled(waiting)
  expect(outcomes.map((one) => one.status === 'rejected' && one.reason)).toEqual([failure, failure])
  const again = shared.acquire(undefined)
  const { server } = await serverDouble()
  starts[1]?.resolve(server)
  expect((await again).server).toBe(server)
})

test.each(['its process has exited', 'its connection has ended'])(
  'another server is started when %s',
  async (how) => {
    const { starts, shared } = heldStarts()
    const first = await serverDouble()
    const lease = shared.acquire(undefined)
    starts[0]?.resolve(first.server)
    ;(await lease).release()
    if (how.includes('process')) first.exit({ code: 0, signal: null })
    else await first.double.close()
    await first.server.ended
    await macrotask()
    void shared.acquire(undefined)
    expect(starts).toHaveLength(2)
    starts[1]?.resolve((await serverDouble()).server)
  },
)

test('a server that rested and does not answer any more is replaced before a turn is given to it', async () => {
  const { starts, shared } = heldStarts()
  const first = await serverDouble(undefined, (double) =>
    double.handle('thread/loaded/list', () => {
      queueMicrotask(() => void double.close())
      return SILENCE
    }),
  )
  const lease = shared.acquire(undefined)
  starts[0]?.resolve(first.server)
  ;(await lease).release()
  const next = shared.acquire(undefined)
  await first.server.ended
  await macrotask()
  expect(starts).toHaveLength(2)
  const second = await serverDouble()
  starts[1]?.resolve(second.server)
  expect((await next).server).toBe(second.server)
  expect(first.isReferenced()).toBe(false)
})

test('who comes while a server that rested is asked waits for the same answer, and overtakes nobody', async () => {
  const { starts, shared } = heldStarts()
  const first = await serverDouble(undefined, (double) => double.handle('thread/loaded/list', () => SILENCE))
  const lease = shared.acquire(undefined)
  starts[0]?.resolve(first.server)
  ;(await lease).release()
  const order: number[] = []
  const all = [1, 2, 3].map(async (number) => {
    const { server } = await shared.acquire(undefined)
    order.push(number)
    return server
  })
  await first.double.call('thread/loaded/list', 1)
  expect(order).toEqual([])
  await first.double.close()
  await first.server.ended
  await macrotask()
  expect(starts).toHaveLength(2)
  const second = await serverDouble()
  starts[1]?.resolve(second.server)
  expect(await Promise.all(all)).toEqual([second.server, second.server, second.server])
  expect(order).toEqual([1, 2, 3])
  expect(first.double.calls('thread/loaded/list')).toHaveLength(1)
})

test('a server that refuses to be asked is in use all the same, and an abort while it is asked lets it rest', async () => {
  const { starts, shared } = heldStarts()
  let isSilent = false
  const made = await serverDouble(undefined, (double) =>
    double.handle('thread/loaded/list', () => {
      if (isSilent) return SILENCE
      throw new RpcError(-32600, 'unknown')
    }),
  )
  const first = shared.acquire(undefined)
  starts[0]?.resolve(made.server)
  ;(await first).release()
  ;(await shared.acquire(undefined)).release()
  isSilent = true
  const leave = new AbortController()
  const waiting = shared.acquire(leave.signal)
  await made.double.call('thread/loaded/list', 2)
  leave.abort()
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  expect(made.isReferenced()).toBe(false)
})

test('who gives up waiting leaves the start to the others and no listener on the signal', async () => {
  const { starts, shared } = heldStarts()
  const leave = new AbortController()
  const impatient = shared.acquire(leave.signal)
  const patient = shared.acquire(undefined)
  leave.abort(new Error('enough'))
  await expect(impatient).rejects.toMatchObject({
    name: 'AbortError',
    code: 'ABORT_ERR',
    cause: leave.signal.reason,
  })
  const made = await serverDouble()
  starts[0]?.resolve(made.server)
  const lease = await patient
  expect(made.isReferenced()).toBe(true)
  lease.release()
  expect(made.isReferenced()).toBe(false)
})

test('it keeps the program alive from the first use to the last release, however often that is called', async () => {
  const { starts, shared } = heldStarts()
  const made = await serverDouble()
  const waiting = [shared.acquire(undefined), shared.acquire(undefined)]
  starts[0]?.resolve(made.server)
  const [one, two] = await Promise.all(waiting)
  one?.release()
  one?.release()
  expect(made.isReferenced()).toBe(true)
  two?.release()
  expect(made.isReferenced()).toBe(false)
})

test('close gives up a start, rejects who waits for it and all who come later', async () => {
  const { starts, shared } = heldStarts()
  const waiting = shared.acquire(undefined)
  const closing = shared.close()
  expect(starts[0]?.signal.aborted).toBe(true)
  starts[0]?.reject(new Error('given up'))
  await expect(waiting).rejects.toMatchObject({ code: 'CODEX_CLOSED' })
  await closing
  await shared.close()
  await expect(shared.acquire(undefined)).rejects.toMatchObject({ code: 'CODEX_CLOSED' })
  expect(starts).toHaveLength(1)
})

test('close before anything was started is quick, and a server that came too late is closed', async () => {
  await heldStarts().shared.close()
  const { starts, shared } = heldStarts()
  const waiting = shared.acquire(undefined).catch(() => {})
  const closing = shared.close()
  const made = await serverDouble()
  starts[0]?.resolve(made.server)
  await closing
  expect(await made.server.client.closed).toMatchObject({ kind: 'local' })
  await waiting
})

test('a server that nobody uses for long ends by itself, and one that is in use does not', async () => {
  const idle = await serverDouble(undefined, undefined, 5)
  idle.server.hold()()
  expect(await idle.server.client.closed).toMatchObject({ kind: 'local' })

  const used = await serverDouble(undefined, undefined, 5)
  used.server.hold()()
  const release = used.server.hold()
  // The other one, whose time began later, has ended by then.
  const other = await serverDouble(undefined, undefined, 5)
  other.server.hold()()
  await other.server.client.closed
  expect(await used.server.answers()).toBe(true)
  release()
  await used.server.client.closed
})
