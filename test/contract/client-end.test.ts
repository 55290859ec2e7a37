import { getEventListeners } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Codex, Thread, Turn, TurnEvent } from '../../src/client/index.js'
import { reply } from '../../src/testing/index.js'
import { type Bench, isAlive, readAll, readUntil, startBench } from './client-support.js'

let bench: Bench
const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)
beforeAll(async () => {
  process.on('unhandledRejection', note)
  bench = await startBench()
})
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
  process.off('unhandledRejection', note)
})
beforeEach(() => bench.stub.reset())

interface RunningTurn {
  readonly codex: Codex
  readonly pid: number
  readonly thread: Thread
  readonly turn: Turn
  readonly iterator: AsyncIterator<TurnEvent, undefined>
}

/** A process of its own, with one turn in mid-stream. */
async function withRunningTurn(test: (running: RunningTurn) => Promise<void>): Promise<void> {
  const { codex, transport } = await bench.restart()
  try {
    const thread = await codex.startThread()
    const answer = reply.hold(reply.text('half and half', { chunks: ['half', ' and half'] }), {
      afterDeltas: 1,
    })
    bench.stub.enqueue(answer)
    const turn = thread.stream('hi')
    const iterator = turn[Symbol.asyncIterator]()
    await readUntil(iterator, 'message.delta')
    await test({ codex, pid: transport.pid ?? 0, thread, turn, iterator })
  } finally {
    await codex.close()
  }
}

describe('a process that is killed in mid-turn', () => {
  it.each([
    ['SIGKILL', { signal: 'SIGKILL' }],
    ['SIGTERM', { exitCode: 0 }],
  ] as const)('by %s fails the turn with what it brought, and ends its events', async (signal, details) => {
    await withRunningTurn(async ({ codex, pid, turn, iterator, thread }) => {
      const items = codex.notifications({ methods: ['item/started'] })[Symbol.asyncIterator]()
      process.kill(pid, signal)
      expect(await turn.result).toMatchObject({
        status: 'failed',
        text: 'half',
        failure: { kind: 'transport-closed-before-turn-completed', phase: 'turn', details },
      })
      const rest = await readUntil(iterator, 'turn.completed')
      expect(rest.at(-1)).toMatchObject({ status: 'failed' })
      expect((await iterator.next()).done).toBe(true)
      expect(await codex.closed).toMatchObject({ kind: 'remote', ...details })
      await expect(items.next()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
      await expect(codex.request('model/list', {})).rejects.toMatchObject({ code: 'TRANSPORT_CLOSED' })
      expect(await thread.stream('again').result).toMatchObject({
        status: 'failed',
        failure: { kind: 'transport-closed-before-turn-completed', phase: 'turn-start' },
      })
      expect(isAlive(pid)).toBe(false)
    })
  })

  it('fails everything that was under way, and each thing once', async () => {
    const { codex, transport } = await bench.restart()
    const [a, b] = await Promise.all([codex.startThread(), codex.startThread()])
    const silent = reply.silence()
    bench.stub.enqueue(silent, silent)
    const turns = [a.stream('a'), b.stream('b')]
    const iterators = turns.map((turn) => turn[Symbol.asyncIterator]())
    await Promise.all(iterators.map((iterator) => readUntil(iterator, 'turn.started')))
    const pending = Promise.allSettled([codex.request('thread/list', {}), codex.startThread()])
    process.kill(transport.pid ?? 0, 'SIGKILL')
    const results = await Promise.all(turns.map((turn) => turn.result))
    expect(results.map((result) => result.status)).toEqual(['failed', 'failed'])
    for (const settled of await pending) {
      if (settled.status === 'rejected') {
        expect(settled.reason).toMatchObject({ code: expect.stringMatching(/_CLOSED$/) })
      }
    }
    await codex.close()
    await codex.close()
  })
})

describe('close()', () => {
  it('during a turn interrupts it, can be called twice, and leaves no process', async () => {
    await withRunningTurn(async ({ codex, pid, turn, iterator }) => {
      await Promise.all([codex.close(), codex.close()])
      expect(isAlive(pid)).toBe(false)
      expect(await turn.result).toMatchObject({ status: 'interrupted', text: 'half' })
      const rest = await readUntil(iterator, 'turn.completed')
      expect(rest.at(-1)).toMatchObject({ status: 'interrupted' })
      expect(await codex.closed).toMatchObject({ kind: 'local' })
    })
  })

  it('is called at the end of an `await using` block', async () => {
    let pid = 0
    {
      const { codex, transport } = await bench.restart()
      await using client = codex
      pid = transport.pid ?? 0
      expect(isAlive(pid)).toBe(true)
      expect((await (await client.startThread()).run('hi')).text).toBe('ok')
    }
    expect(isAlive(pid)).toBe(false)
  })

  it('inside an approval hook settles the turn', async () => {
    let closed: Promise<void> | undefined
    const { codex, transport } = await bench.restart({
      onApproval: () => {
        closed = codex.close()
        return 'accept'
      },
    })
    const thread = await codex.startThread({ approvalPolicy: 'on-request', sandbox: 'read-only' })
    bench.stub.enqueue(reply.execCommand('echo hi', { escalate: 'why not' }))
    const turn = thread.stream('do it')
    expect((await readAll(turn)).at(-1)).toMatchObject({ type: 'turn.completed', status: 'interrupted' })
    await closed
    expect(isAlive(transport.pid ?? 0)).toBe(false)
  })
})

it('leaves nothing behind: no process, handle, listener or unhandled rejection', async () => {
  const count = (kind: string) => process.getActiveResourcesInfo().filter((one) => one === kind).length
  const counts = () => ({ processes: count('ProcessWrap'), pipes: count('PipeWrap') })
  const controller = new AbortController()
  const before = counts()
  const signals = process.eventNames().map((name) => [name, process.listenerCount(name)])
  for (let round = 0; round < 3; round += 1) {
    bench.stub.reset()
    const { codex, transport } = await bench.restart({ signal: controller.signal })
    const thread = await codex.startThread({ signal: controller.signal })
    expect((await thread.run('hi', { signal: controller.signal, timeoutMs: 60_000 })).text).toBe('ok')
    bench.stub.enqueue(reply.silence())
    void thread.stream('never', { signal: controller.signal, timeoutMs: 60_000 })
    void codex.request('thread/list', {}).catch(() => {})
    await codex.close()
    expect(isAlive(transport.pid ?? 0)).toBe(false)
  }
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  // The handle of a process that is gone is closed in a later turn of the event loop.
  // Those of earlier tests may go as well, so that fewer are as good.
  await vi.waitFor(() => {
    const { processes, pipes } = counts()
    expect(processes).toBeLessThanOrEqual(before.processes)
    expect(pipes).toBeLessThanOrEqual(before.pipes)
  })
  expect(process.eventNames().map((name) => [name, process.listenerCount(name)])).toEqual(signals)
  expect(unhandled).toEqual([])
})
