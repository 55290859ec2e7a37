import { getEventListeners } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ThreadBusyError, TurnNotRunningError } from '../../src/client/index.js'
import { reply } from '../../src/testing/index.js'
import { type Bench, readAll, readUntil, startBench } from './client-support.js'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench?.[Symbol.asyncDispose]())
beforeEach(() => bench.stub.reset())

const held = () =>
  reply.hold(reply.text('so far and on', { chunks: ['so far', ' and on'] }), { afterDeltas: 1 })

describe('an interrupt', () => {
  it('in mid-stream settles the turn with what it brought, and the model is left', async () => {
    const thread = await bench.codex.startThread()
    const answer = held()
    bench.stub.enqueue(answer)
    const turn = thread.stream('hi')
    const iterator = turn[Symbol.asyncIterator]()
    await readUntil(iterator, 'message.delta')
    const request = await answer.reached
    await turn.interrupt()
    expect(await turn.result).toMatchObject({
      status: 'interrupted',
      text: 'so far',
      failure: { kind: 'turn-interrupted', details: { errorCode: 'ABORTED' } },
    })
    const rest = await readUntil(iterator, 'turn.completed')
    expect(rest.at(-1)).toMatchObject({ status: 'interrupted', raw: { method: 'turn/completed' } })
    expect(await request.ended).toBe('abandoned')
    expect((await thread.run('go on')).text).toBe('ok')
  })

  it('straight behind the start takes effect although Codex refuses it at first', async () => {
    const thread = await bench.codex.startThread()
    for (let round = 0; round < 20; round += 1) {
      bench.stub.enqueue(reply.silence())
      const turn = thread.stream('hi')
      if (round % 2 === 1) await new Promise((resolve) => setImmediate(resolve))
      await turn.interrupt()
      const { status, turnId, failure } = await turn.result
      expect([status, turnId === '', failure?.kind]).toEqual(['interrupted', false, 'turn-interrupted'])
      // Confirmed by Codex, and not settled by the deadline.
      expect((await readAll(turn)).at(-1)?.raw).toMatchObject({ method: 'turn/completed' })
    }
    bench.stub.reset()
    expect((await thread.run('still there?')).text).toBe('ok')
  })

  it('of the reader who leaves the loop reaches the model', async () => {
    const thread = await bench.codex.startThread()
    const answer = held()
    bench.stub.enqueue(answer)
    const turn = thread.stream('hi')
    for await (const event of turn) if (event.type === 'message.delta') break
    expect(await (await answer.reached).ended).toBe('abandoned')
    expect((await turn.result).status).toBe('interrupted')
  })
})

describe('a signal', () => {
  it('that has aborted before sends nothing to the model', async () => {
    const thread = await bench.codex.startThread()
    const turn = thread.stream('hi', { signal: AbortSignal.abort() })
    expect((await turn.result).status).toBe('interrupted')
    expect((await thread.run('next')).text).toBe('ok')
    expect(bench.stub.requests.flatMap((request) => request.userTexts())).toEqual(['next'])
  })

  it('that aborts in mid-stream interrupts, and one that lives on keeps no listener', async () => {
    const thread = await bench.codex.startThread()
    const controller = new AbortController()
    for (let round = 0; round < 3; round += 1) await thread.run('hi', { signal: controller.signal })
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    const answer = held()
    bench.stub.enqueue(answer)
    const turn = thread.stream('hi', { signal: controller.signal })
    const request = await answer.reached
    controller.abort(new Error('enough'))
    expect(await turn.result).toMatchObject({ status: 'interrupted', failure: { kind: 'turn-interrupted' } })
    expect(await request.ended).toBe('abandoned')
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it('that aborts after the end changes nothing', async () => {
    const thread = await bench.codex.startThread()
    const controller = new AbortController()
    const result = await thread.run('hi', { signal: controller.signal })
    controller.abort()
    expect(result.status).toBe('completed')
    expect((await thread.run('next')).text).toBe('ok')
  })
})

it('a turn that takes too long is interrupted, as a timeout', async () => {
  const thread = await bench.codex.startThread()
  bench.stub.enqueue(reply.silence())
  const error = await thread.run('hi', { timeoutMs: 200 }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    failure: { kind: 'backend-timeout', details: { timeoutMs: 200 } },
    result: { status: 'interrupted' },
  })
  // On a slow machine the time may be over before the model is asked at all.
  for (const request of bench.stub.requests) expect(await request.ended).toBe('abandoned')
})

describe('speaking while a turn runs', () => {
  it('steers it: the model is asked again with both', async () => {
    const thread = await bench.codex.startThread()
    const answer = reply.hold(reply.text('first'), { afterEvents: 3 })
    bench.stub.enqueue(answer)
    const turn = thread.stream('one')
    // At once, when Codex would still refuse to steer.
    await turn.steer('two')
    await answer.reached
    const same = await thread.send('three')
    expect(same.id).toBe(turn.id)
    answer.release()
    const events = await readAll(turn)
    expect(events.filter((event) => event.type === 'turn.completed')).toHaveLength(1)
    expect((await turn.result).text).toBe('ok')
    expect(bench.stub.requests.at(-1)?.userTexts()).toEqual(['one', 'two', 'three'])
    await expect(turn.steer('late')).rejects.toBeInstanceOf(TurnNotRunningError)
  })

  it('starts a turn when none runs', async () => {
    const thread = await bench.codex.startThread()
    const turn = await thread.send('hi')
    expect((await turn.result).text).toBe('ok')
  })

  it('is heard exactly once, however it meets the end of the turn', async () => {
    const thread = await bench.codex.startThread({ ephemeral: true })
    const said: string[] = []
    for (let round = 0; round < 25; round += 1) {
      const turn = thread.stream(`start ${round}`)
      const iterator = turn[Symbol.asyncIterator]()
      // From right after the start to right after the end.
      if (round % 5 > 0) await readUntil(iterator, 'turn.started')
      if (round % 5 > 1) await readUntil(iterator, 'message.delta')
      if (round % 5 > 2) await readUntil(iterator, 'usage.updated')
      if (round % 5 > 3) await readUntil(iterator, 'turn.completed')
      const taker = await thread.send(`and ${round}`)
      expect((await taker.result).status).toBe('completed')
      await turn.result
      said.push(`start ${round}`, `and ${round}`)
    }
    expect((await thread.run('last')).text).toBe('ok')
    expect(bench.stub.requests.at(-1)?.userTexts()).toEqual([...said, 'last'])
  })

  it('by a second turn is refused', async () => {
    const thread = await bench.codex.startThread()
    const answer = reply.hold(reply.text('slow'))
    bench.stub.enqueue(answer)
    const turn = thread.stream('one')
    expect(() => thread.stream('two')).toThrow(ThreadBusyError)
    await expect(thread.run('two')).rejects.toBeInstanceOf(ThreadBusyError)
    answer.release()
    expect((await turn.result).text).toBe('slow')
    expect(() => {
      turn[Symbol.asyncIterator]()
      turn[Symbol.asyncIterator]()
    }).toThrow('only once')
  })
})
