import { expect } from 'vitest'
// Loaded with the first approval; no clock drives the loading.
import '../../../src/approvals/answering.js'
import '../../../src/approvals/check-reply.js'
import { Codex } from '../../../src/client/index.js'
import { withRetry } from '../../../src/failures/index.js'
import { RpcError, RpcPeer } from '../../../src/rpc/index.js'
import { replay } from '../../../src/testing/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { connectDouble, SILENCE, settle, THREAD } from '../../client/support.js'
import { received, transcriptOf } from '../transcript/support.js'

/** A fake clock of any test runner: moves the time on and lets what is due happen. */
export type Advance = (ms: number) => Promise<void>

/** Notes how a promise settles. */
function watch(promise: Promise<unknown>): { settled?: unknown } {
  const seen: { settled?: unknown } = {}
  promise.then(
    (value) => {
      seen.settled = value
    },
    (error: unknown) => {
      seen.settled = error
    },
  )
  return seen
}

/** Checks that a promise settles when a time has passed, and not a millisecond before. */
async function settlesAfter(ms: number, promise: Promise<unknown>, advance: Advance): Promise<unknown> {
  const seen = watch(promise)
  await advance(ms - 1)
  expect(seen).not.toHaveProperty('settled')
  await advance(1)
  expect(seen).toHaveProperty('settled')
  return seen.settled
}

async function requests(advance: Advance): Promise<void> {
  const [near, far] = memoryPair()
  const peer = new RpcPeer(near)
  await Promise.all([peer.start(), far.start()])
  const first = watch(peer.request('first', {}, { timeoutMs: 60_000 }))
  await advance(30_000)
  const second = watch(peer.request('second', {}, { timeoutMs: 60_000 }))
  await advance(29_999)
  expect(first).toEqual({})
  await advance(1)
  expect(first.settled).toMatchObject({ code: 'REQUEST_TIMEOUT', method: 'first' })
  await advance(29_999)
  expect(second).toEqual({})
  await advance(1)
  expect(second.settled).toMatchObject({ code: 'REQUEST_TIMEOUT', method: 'second' })
  const third = watch(peer.request('third', {}, { timeoutMs: 60_000 }))
  await peer.close()
  expect(third.settled).toMatchObject({ code: 'CONNECTION_CLOSED' })
}

async function handshake(advance: Advance): Promise<void> {
  const [near, far] = memoryPair()
  await far.start()
  const error = await settlesAfter(5_000, Codex.connect(near, { handshakeTimeoutMs: 5_000 }), advance)
  expect(error).toMatchObject({ code: 'HANDSHAKE_FAILED' })
}

async function turns(advance: Advance): Promise<void> {
  const { codex, server, thread } = await connectDouble({ interruptTimeoutMs: 10_000 })
  server.handle('turn/interrupt', () => SILENCE)
  const turn = thread.stream('hi', { timeoutMs: 20_000 })
  await server.call('turn/start')
  server.tell('turn/started', 'turn-1')
  await settle()
  await settlesAfter(20_000, server.call('turn/interrupt'), advance)
  const result = await settlesAfter(10_000, turn.result, advance)
  expect(result).toMatchObject({ status: 'interrupted', failure: { kind: 'backend-timeout' } })
  await codex.close()
}

async function approvals(advance: Advance): Promise<void> {
  const { codex, server, thread } = await connectDouble({
    approvalTimeoutMs: 45_000,
    onApproval: () => new Promise<never>(() => {}),
  })
  const turn = thread.stream('hi')
  await server.call('turn/start')
  server.tell('turn/started', 'turn-1')
  const params = { threadId: THREAD, turnId: 'turn-1', itemId: 'call-1', command: 'ls', cwd: '/' }
  server.send({ id: 0, method: 'item/commandExecution/requestApproval', params })
  await settle()
  const answer = await settlesAfter(45_000, server.answer(0), advance)
  expect(answer).toMatchObject({ result: { decision: 'decline' } })
  server.complete('turn-1')
  expect(await turn.result).toMatchObject({ status: 'completed' })
  await codex.close()
}

async function lostEnds(advance: Advance): Promise<void> {
  const { codex, server, thread } = await connectDouble({}, (double) => {
    double.handle('thread/turns/list', () => ({ data: [{ id: 'turn-1', status: 'completed', items: [] }] }))
  })
  const turn = thread.stream('hi')
  await server.call('turn/start')
  server.tell('turn/started', 'turn-1')
  server.tell('thread/status/changed', undefined, { status: { type: 'idle' } })
  await settle()
  expect(await settlesAfter(1_000, turn.result, advance)).toMatchObject({ status: 'completed' })
  await codex.close()
}

async function providers(advance: Advance): Promise<void> {
  const { codex, server, thread } = await connectDouble({ providerTimeoutMs: 25_000 })
  const turn = thread.stream('hi')
  await server.call('turn/start')
  server.tell('turn/started', 'turn-1')
  const error = {
    message: 'Reconnecting... waiting for network',
    codexErrorInfo: { httpConnectionFailed: { httpStatusCode: null } },
  }
  server.tell('error', 'turn-1', { error, willRetry: true })
  await settle()
  const interrupted = server.call('turn/interrupt')
  await settlesAfter(25_000, interrupted, advance)
  server.complete('turn-1', 'interrupted')
  expect(await turn.result).toMatchObject({ failure: { kind: 'provider-unavailable' } })
  await codex.close()
}

async function retries(advance: Advance): Promise<void> {
  let calls = 0
  const attempt = async () => {
    calls += 1
    if (calls === 1) throw new RpcError(-32001, 'Server overloaded; retry later.')
    return calls
  }
  const retried = withRetry(attempt, { minDelayMs: 8_000, maxDelayMs: 8_000, random: () => 0.5 })
  expect(await settlesAfter(8_000, retried, advance)).toBe(2)
}

async function replays(advance: Advance): Promise<void> {
  const transport = replay(transcriptOf(received({ method: 'late' }, 15_000)), { timing: 'recorded' })
  const delivered = new Promise((resolve) => {
    transport.onmessage = resolve
  })
  await transport.start()
  await settle()
  expect(await settlesAfter(15_000, delivered, advance)).toEqual({ method: 'late' })
  await transport.close()
}

/** What has a deadline or a pause, and needs no real time for it. */
export const SCENARIOS: readonly (readonly [string, (advance: Advance) => Promise<void>])[] = [
  ['requests, each by its own deadline', requests],
  ['handshakes', handshake],
  ['turns, and interrupts that are not confirmed', turns],
  ['approvals', approvals],
  ['ends of turns that are not told', lostEnds],
  ['providers out of reach', providers],
  ['retries', retries],
  ['replays', replays],
]
