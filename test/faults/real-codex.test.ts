import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Codex, type Turn, type TurnEvent } from '../../src/client/index.js'
import { appServerProcess } from '../../src/client/start.js'
import { locateCodex } from '../../src/process/index.js'
import { type CutKind, type Fault, fault, faultyTransport, reply } from '../../src/testing/index.js'
import { stdio } from '../../src/transports/stdio.js'
import { type Bench, isAlive, readUntil, startBench } from '../contract/client-support.js'
import { failOnUnhandled } from '../rpc/helpers.js'

// A kill and a SIGTERM in mid-turn are in test/contract/client-end.test.ts, a provider that refuses every
// connection in test/contract/provider-unreachable.test.ts.

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  failOnUnhandled()
  bench.stub.reset()
})

/** An answer that stops after its first half. */
const half = () =>
  reply.hold(reply.text('half and half', { chunks: ['half', ' and half'] }), { afterDeltas: 1 })

/** Reads a turn up to its first delta; `rest` reads it to its end, which must come once. */
async function untilHalf(turn: Turn) {
  const iterator = turn[Symbol.asyncIterator]()
  await readUntil(iterator, 'message.delta')
  const rest = async (): Promise<TurnEvent | undefined> => {
    const last = (await readUntil(iterator, 'turn.completed')).at(-1)
    expect((await iterator.next()).done).toBe(true)
    return last
  }
  return { rest }
}

describe('the real Codex', () => {
  it('that is stopped in mid-turn cannot hold up an interrupt, a request or the close', async () => {
    const { codex, transport } = await bench.restart({
      interruptTimeoutMs: 300,
      termination: { stdinGraceMs: 200, termGraceMs: 200 },
    })
    const pid = transport.pid ?? 0
    try {
      const thread = await codex.startThread()
      bench.stub.enqueue(half())
      const turn = thread.stream('hi')
      const { rest } = await untilHalf(turn)
      process.kill(pid, 'SIGSTOP')
      await turn.interrupt()
      expect(await turn.result).toMatchObject({
        status: 'interrupted',
        text: 'half',
        failure: { kind: 'turn-interrupted' },
      })
      expect(await rest()).toMatchObject({ status: 'interrupted' })
      await expect(codex.request('thread/list', {}, { timeoutMs: 100 })).rejects.toMatchObject({
        code: 'REQUEST_TIMEOUT',
      })
    } finally {
      await codex.close()
    }
    expect(isAlive(pid)).toBe(false)
    expect(await transport.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('whose input ends in mid-turn exits, which fails the turn', async () => {
    // Passes on four lines: the handshake, which has two, the start of a thread, and that of a turn.
    const four = 'for n in 1 2 3 4; do IFS= read -r line; printf "%s\\n" "$line"; done'
    const command = `{ ${four}; } | "$0" app-server`
    const transport = stdio({
      command: '/bin/sh',
      args: ['-c', command, locateCodex().path],
      env: bench.home.env,
      cwd: bench.workspace,
    })
    await using codex = await Codex.connect(transport)
    const thread = await codex.startThread()
    bench.stub.enqueue(reply.silence())
    const turn = thread.stream('hi')
    expect(await turn.result).toMatchObject({
      status: 'failed',
      failure: { kind: 'transport-closed-before-turn-completed', retrySafety: 'indeterminate' },
    })
    expect(await codex.closed).toMatchObject({ kind: 'remote', exitCode: 0 })
  })

  it.each<CutKind>(['close', 'reset'])(
    'whose provider breaks off by a %s fails the turn, keeps what it brought, and serves the next',
    async (how) => {
      const thread = await bench.codex.startThread()
      const whole = reply.text('half and half', { chunks: ['half', ' and half'] })
      bench.stub.enqueue(reply.cut(whole, { afterDeltas: 1, how }))
      const turn = thread.stream('hi')
      const { rest } = await untilHalf(turn)
      expect(await turn.result).toMatchObject({
        status: 'failed',
        text: 'half',
        failure: { kind: 'provider-unavailable', retryable: true },
      })
      expect(await rest()).toMatchObject({ status: 'failed' })
      expect((await thread.run('again')).text).toBe('ok')
    },
  )

  it('whose provider is gone fails the turn, and goes on to answer', async () => {
    await using other = await startBench()
    const thread = await other.codex.startThread()
    await other.stub.close()
    expect(await thread.stream('hi').result).toMatchObject({
      status: 'failed',
      failure: { kind: 'provider-unavailable', retryable: true },
    })
    expect(await other.codex.request('model/list', {})).toHaveProperty('data')
  })
})

describe('messages of the real Codex', () => {
  it.each<[string, readonly Fault[]]>([
    ['the end of the turn is lost', [fault.received('turn/completed').drop()]],
    ['the end of the turn comes twice', [fault.received('turn/completed').duplicate()]],
    [
      'every answer comes twice',
      [fault.received({ when: ({ method }) => method === undefined }).duplicate()],
    ],
    [
      'the answer to the start comes last',
      [fault.received({ answerTo: 'turn/start' }).moveAfter('turn/completed')],
    ],
    ['all deltas are lost', [fault.received('item/agentMessage/delta').drop()]],
  ])('may go astray: the turn is whole when %s', async (_what, faults) => {
    const transport = faultyTransport(appServerProcess({ env: bench.home.env, cwd: bench.workspace }), faults)
    await using codex = await Codex.connect(transport)
    const thread = await codex.startThread()
    bench.stub.enqueue(reply.text('whole'), reply.text('and whole again'))
    expect((await thread.run('hi')).text).toBe('whole')
    expect((await thread.run('again')).text).toBe('and whole again')
  })
})
