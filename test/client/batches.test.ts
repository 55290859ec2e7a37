import { afterEach, describe, expect, it } from 'vitest'
import type { Codex, CodexOptions, Turn, TurnEvent } from '../../src/client/index.js'
import { MAX_WAITING_WEIGHT } from '../../src/client/notification-stream.js'
import { type AppServerDouble, connectDouble, settle, typesOf } from './support.js'

let codex: Codex | undefined
afterEach(() => codex?.close())

async function connect(options: CodexOptions = {}) {
  const connected = await connectDouble(options)
  codex = connected.codex
  return connected
}

async function batchesOf<T>(stream: { batches(): AsyncIterable<readonly T[]> }): Promise<(readonly T[])[]> {
  const batches: (readonly T[])[] = []
  for await (const batch of stream.batches()) batches.push(batch)
  return batches
}

function textOf(events: readonly TurnEvent[]): string {
  return events.map((event) => (event.type === 'message.delta' ? event.delta : '')).join('')
}

/** A turn that has begun and says something, and is not over. */
async function begin(server: AppServerDouble, turn: Turn): Promise<Turn> {
  await server.call('turn/start')
  server.tell('turn/started', 'turn-1')
  server.tell('item/started', 'turn-1', { item: { type: 'agentMessage', id: 'a', text: '' } })
  return turn
}

describe('a turn read in batches', () => {
  it('brings the events that it brings one by one, in order, to the last', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('hi')
    const reading = batchesOf(turn)
    await begin(server, turn)
    for (const delta of ['a', 'b', 'c']) {
      server.tell('item/agentMessage/delta', 'turn-1', { itemId: 'a', delta })
      await settle()
    }
    server.complete('turn-1')
    const batches = await reading
    expect(batches.length).toBeGreaterThanOrEqual(4)
    expect(batches.every(({ length }) => length > 0)).toBe(true)
    const events = batches.flat()
    expect(typesOf(events)).toEqual([
      'turn.started',
      'item.started',
      'message.delta',
      'message.delta',
      'message.delta',
      'item.abandoned',
      'turn.completed',
    ])
    expect(textOf(events)).toBe('abc')
    expect((await turn.result).status).toBe('completed')
  })

  it('brings all that waits in one batch to a reader that comes late, merged as for any reader', async () => {
    const { server, thread } = await connect()
    const turn = await begin(server, thread.stream('hi'))
    const pieces = Array.from({ length: 2_000 }, (_, index) => `${index} `)
    for (const delta of pieces) server.tell('item/agentMessage/delta', 'turn-1', { itemId: 'a', delta })
    server.complete('turn-1')
    await turn.result
    const [events = [], ...others] = await batchesOf(turn)
    expect(others).toEqual([])
    expect(events.length).toBeLessThan(300)
    expect(textOf(events)).toBe(pieces.join(''))
    expect(events.at(-1)?.type).toBe('turn.completed')
  })

  it('tells with `lagged` what a reader that is too slow has lost', async () => {
    const { server, thread } = await connect()
    const turn = await begin(server, thread.stream('hi'))
    // Of two items in turn, so that nothing can be merged.
    const delta = 'x'.repeat(MAX_WAITING_WEIGHT / 8)
    for (let i = 0; i < 12; i += 1) {
      server.tell('item/agentMessage/delta', 'turn-1', { itemId: i % 2 === 0 ? 'a' : 'b', delta })
    }
    server.complete('turn-1')
    await turn.result
    const events = (await batchesOf(turn)).flat()
    const lagged = events.filter((event) => event.type === 'lagged')
    const deltas = events.filter((event) => event.type === 'message.delta')
    expect(lagged).toHaveLength(1)
    expect((lagged[0]?.skipped ?? 0) + deltas.length).toBe(12)
    expect(typesOf(events.slice(0, 3))).toEqual(['turn.started', 'item.started', 'lagged'])
    expect(events.at(-1)?.type).toBe('turn.completed')
  })

  it('is interrupted when the reader leaves the loop, by break or by a throw', async () => {
    for (const leave of ['break', 'throw']) {
      const { server, thread, codex } = await connect()
      const turn = await begin(server, thread.stream('hi'))
      const read = async () => {
        for await (const _batch of turn.batches()) {
          if (leave === 'throw') throw new Error('enough')
          break
        }
      }
      await (leave === 'throw' ? expect(read()).rejects.toThrow('enough') : read())
      await server.call('turn/interrupt')
      server.complete('turn-1', 'interrupted')
      expect((await turn.result).status).toBe('interrupted')
      await codex.close()
    }
  })

  it('ends with the end of the turn when its signal aborts', async () => {
    const { server, thread } = await connect()
    const abort = new AbortController()
    const turn = await begin(server, thread.stream('hi', { signal: abort.signal }))
    const reading = batchesOf(turn)
    await settle()
    abort.abort()
    await server.call('turn/interrupt')
    server.complete('turn-1', 'interrupted')
    const events = (await reading).flat()
    expect(events.at(-1)).toMatchObject({ type: 'turn.completed', status: 'interrupted' })
  })

  it('ends when the connection does, with the failure in the last event', async () => {
    const { server, thread } = await connect()
    const turn = await begin(server, thread.stream('hi'))
    const reading = batchesOf(turn)
    await settle()
    await server.close()
    const events = (await reading).flat()
    expect(events.at(-1)).toMatchObject({
      type: 'turn.completed',
      failure: { kind: 'transport-closed-before-turn-completed' },
    })
  })

  it('cannot be read a second time, in either way', async () => {
    const { server, thread } = await connect()
    const turn = await begin(server, thread.stream('hi'))
    server.complete('turn-1')
    await batchesOf(turn)
    const refused = expect.objectContaining({ code: 'ALREADY_ITERATED' })
    expect(() => turn[Symbol.asyncIterator]()).toThrow(refused)
    await expect(batchesOf(turn)).rejects.toEqual(refused)
  })
})

describe('notifications read in batches', () => {
  it('come in order, and fail after what came before when the other side ends the connection', async () => {
    const { server, codex } = await connect()
    const stream = codex.notifications()
    for (const method of ['one', 'two', 'three']) server.notify(method, {})
    await server.close()
    await codex.closed
    const seen: string[] = []
    const read = async () => {
      for await (const batch of stream.batches()) seen.push(...batch.map(({ method }) => method as string))
    }
    await expect(read()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(seen).toEqual(['one', 'two', 'three'])
  })

  it('end when the loop is left', async () => {
    const { server, codex } = await connect()
    const stream = codex.notifications({ methods: ['turn/started'] })
    server.tell('turn/started', 'x')
    for await (const batch of stream.batches()) {
      // The union narrows by the method here too.
      expect(batch.map(({ method }) => method)).toEqual(['turn/started'])
      break
    }
    expect(() => stream[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: 'ALREADY_ITERATED' }),
    )
  })
})
