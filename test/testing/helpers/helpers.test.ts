import { strict as assert } from 'node:assert'
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import type { MessageDeltaEvent, TurnCompletedEvent, TurnEvent } from '../../../src/client/index.js'
import { collect, EventNotFoundError, eventsOfType, typesOf, untilEvent } from '../../../src/testing/index.js'
import { AlreadyIteratedError, AsyncQueue } from '../../../src/util/async-queue.js'
import { InvalidInputError } from '../../../src/util/errors.js'
import { type AppServerDouble, connectDouble, SILENCE } from '../../client/support.js'
import { failOnUnhandled } from '../../rpc/helpers.js'

beforeEach(failOnUnhandled)

/** A turn that has said something and goes on. */
async function running() {
  const { codex, server, thread } = await connectDouble()
  const turn = thread.stream('hi')
  await server.call('turn/start')
  server.tell('turn/started', 'turn-1')
  server.say('turn-1', 'hello')
  return { codex, server, turn }
}

async function finished(end: (server: AppServerDouble) => void = (server) => server.complete('turn-1')) {
  const bench = await running()
  end(bench.server)
  return bench
}

describe('collect', () => {
  it('gives the events and the result of a turn', async () => {
    const { turn } = await finished()
    const { events, result } = await collect(turn)
    expect(typesOf(events)).toEqual([
      'turn.started',
      'item.started',
      'message.delta',
      'item.completed',
      'turn.completed',
    ])
    expect(events[0]?.raw).toMatchObject({ method: 'turn/started' })
    expect(result).toMatchObject({ status: 'completed', text: 'hello' })
  })

  it('leaves out the notifications behind the events, and what is undefined, for strict comparisons', async () => {
    const { turn } = await finished()
    const { events, result } = await collect(turn, { raw: false })
    const [delta] = eventsOfType(events, 'message.delta')
    const place = { threadId: 'thread-1', turnId: 'turn-1' }
    assert.deepStrictEqual(delta, { type: 'message.delta', ...place, itemId: 'item-1', delta: 'hello' })
    assert.deepStrictEqual(events.at(-1), { type: 'turn.completed', ...place, status: 'completed' })
    expect(Object.keys(result)).not.toContain('output')
    expect(Object.values(result)).not.toContain(undefined)
  })

  it('resolves with the result of a turn that failed, or was cut off', async () => {
    const failed = await finished((server) => server.complete('turn-1', 'failed', { message: 'no' }))
    expect((await collect(failed.turn)).result).toMatchObject({ status: 'failed' })
    const cut = await finished((server) => void server.close())
    const { events, result } = await collect(cut.turn)
    expect(result.failure?.kind).toBe('transport-closed-before-turn-completed')
    expect(events.at(-1)?.type).toBe('turn.completed')
  })

  it('refuses a turn that something else reads, and what is no turn', async () => {
    const { turn } = await finished()
    turn[Symbol.asyncIterator]()
    await expect(collect(turn)).rejects.toBeInstanceOf(AlreadyIteratedError)
    await expect(collect({} as never)).rejects.toBeInstanceOf(InvalidInputError)
    await expect(collect(turn, 1 as never)).rejects.toBeInstanceOf(InvalidInputError)
  })
})

describe('untilEvent', () => {
  it('resolves with the event, and leaves the rest to be read', async () => {
    const { server, turn } = await running()
    const delta = await untilEvent(turn, 'message.delta')
    expectTypeOf(delta).toEqualTypeOf<MessageDeltaEvent>()
    expect(delta.delta).toBe('hello')
    expect(turn.isSettled).toBe(false)
    server.complete('turn-1')
    expect((await untilEvent(turn, (event) => event.type.startsWith('item.'))).type).toBe('item.completed')
    const { events, result } = await collect(turn)
    expect([typesOf(events), result.status]).toEqual([['turn.completed'], 'completed'])
  })

  it('waits for an event that has not come yet', async () => {
    const { server, turn } = await running()
    const ended = untilEvent(turn, (event): event is TurnCompletedEvent => event.type === 'turn.completed')
    server.complete('turn-1')
    expect((await ended).status).toBe('completed')
  })

  it('reads an iterator, whose owner goes on with it', async () => {
    const { turn } = await finished()
    const iterator = turn[Symbol.asyncIterator]()
    await untilEvent(iterator, 'message.delta')
    expect((await iterator.next()).value).toMatchObject({ type: 'item.completed' })
  })

  it('rejects with what came when the turn ends first', async () => {
    const { server, turn } = await running()
    for (let i = 0; i < 4; i += 1) {
      server.tell('item/agentMessage/delta', 'turn-1', { itemId: 'item-1', delta: `${i}` })
    }
    server.complete('turn-1')
    const error = await untilEvent(turn, 'approval.requested').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(EventNotFoundError)
    expect(error).toMatchObject({ code: 'EVENT_NOT_FOUND' })
    expect((error as EventNotFoundError).types).toHaveLength(9)
    expect((error as Error).message).toBe(
      'the event approval.requested did not come; what came: turn.started, item.started, message.delta, ' +
        'item.completed, message.delta ×4, turn.completed',
    )
    await expect(untilEvent(turn, 'lagged')).rejects.toThrow('what came: nothing')
  })

  it('rejects with what the stream failed with', async () => {
    const queue = new AsyncQueue<{ type: string }>({ name: 'a stream' })
    queue.push({ type: 'a' })
    queue.fail(new Error('broken'))
    await expect(untilEvent(queue, 'b')).rejects.toMatchObject({
      types: ['a'],
      cause: { message: 'broken' },
    })
  })

  it('rejects with what its predicate throws, and goes on behind that event', async () => {
    const { turn } = await finished()
    const wrong = untilEvent(turn, () => {
      throw new Error('bad predicate')
    })
    await expect(wrong).rejects.toThrow('bad predicate')
    expect((await untilEvent(turn, () => true)).type).toBe('item.started')
  })

  it('does not interrupt the turn', async () => {
    const { codex, server, turn } = await running()
    server.handle('turn/interrupt', () => SILENCE)
    await untilEvent(turn, 'turn.started')
    server.complete('turn-1')
    await turn.result
    expect(server.calls('turn/interrupt')).toEqual([])
    await codex.close()
  })

  it.each<[string, () => Promise<unknown>]>([
    ['source', () => untilEvent({} as never, 'a' as never)],
    ['source', () => untilEvent(undefined as never, 'a' as never)],
    ['wanted', () => untilEvent(new AsyncQueue<TurnEvent>({ name: 'x' }), '' as never)],
    ['wanted', () => untilEvent(new AsyncQueue<TurnEvent>({ name: 'x' }), 1 as never)],
  ])('refuses a wrong %s', async (option, call) => {
    await expect(call()).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
  })
})
