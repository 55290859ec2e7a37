import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { ApprovalRequest } from '../../src/approvals/index.js'
import { defineTool } from '../../src/client/index.js'
import { RpcError } from '../../src/rpc/errors.js'
import type { Transport } from '../../src/rpc/transport.js'
import { deferred } from '../../src/util/deferred.js'
import { APPROVAL, active, approvalParams, lasting, type Prepare, running } from './reconnect-support.js'
import { settle, THREAD, typesOf } from './support.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('an approval over a lost connection', () => {
  const replay = { id: 0, method: APPROVAL, params: approvalParams }

  /** A turn that waits for an approval, and the hook that is asked. */
  async function waiting(prepare: Prepare = () => {}, replayed: readonly object[] = [replay]) {
    const asked: { request: ApprovalRequest; signal: AbortSignal }[] = []
    const firstAsked = deferred<void>()
    const answer = deferred<'accept'>()
    const bench = await running(
      {
        onApproval(request, { signal }) {
          asked.push({ request, signal })
          firstAsked.resolve()
          return answer.promise
        },
      },
      (server, which) => {
        if (which === 1) {
          server.handle('thread/resume', () => {
            // As the real one does: right behind its answer.
            queueMicrotask(() => {
              for (const message of replayed) server.send(message)
            })
            return active('waitingOnApproval')
          })
        }
        prepare(server, which)
      },
    )
    bench.at(0).send({ id: 0, method: APPROVAL, params: approvalParams })
    await firstAsked.promise
    return { ...bench, asked, answer }
  }

  it('is not asked twice: whoever is being asked answers over the new connection', async () => {
    const { codex, at, breakOff, asked, answer, turn, events } = await waiting()
    await breakOff()
    expect(asked).toHaveLength(1)
    expect(asked[0]?.signal.aborted).toBe(false)
    answer.resolve('accept')
    expect(await at(1).answer(0)).toMatchObject({ result: { decision: 'accept' } })
    at(1).complete('turn-1')
    await turn.result
    const types = typesOf(await events)
    expect(types.filter((type) => type === 'approval.requested')).toHaveLength(1)
    expect(types.filter((type) => type === 'approval.resolved')).toHaveLength(1)
    await codex.close()
  })

  it('is not asked twice when Codex asks again long after it has resumed the thread', async () => {
    const { codex, at, breakOff, asked, answer, restored } = await waiting(undefined, [])
    await breakOff()
    expect(restored).toHaveLength(1)
    at(1).send(replay)
    await settle()
    expect(asked).toHaveLength(1)
    expect(asked[0]?.signal.aborted).toBe(false)
    answer.resolve('accept')
    expect(await at(1).answer(0)).toMatchObject({ result: { decision: 'accept' } })
    await codex.close()
  })

  it('keeps the answer that was given while there was no connection', async () => {
    const gate = deferred<void>()
    const { codex, at, breakOff, asked, answer, connect } = await waiting()
    const make = connect.getMockImplementation() as () => Promise<Transport>
    connect.mockImplementation(() => gate.promise.then(make))
    await breakOff()
    answer.resolve('accept')
    await settle()
    gate.resolve()
    await settle()
    expect(await at(1).answer(0)).toMatchObject({ result: { decision: 'accept' } })
    expect(asked).toHaveLength(1)
    await codex.close()
  })

  it('gives the same answer again when that was lost on its way', async () => {
    const { codex, at, breakOff, asked, answer } = await waiting()
    answer.resolve('accept')
    await at(0).answer(0)
    await breakOff()
    expect(await at(1).answer(0)).toMatchObject({ result: { decision: 'accept' } })
    expect(asked).toHaveLength(1)
    await codex.close()
  })

  it('is asked anew when the same id stands for something else', async () => {
    const other = { ...replay, params: { ...approvalParams, command: 'rm -r x' } }
    const { codex, breakOff, asked } = await waiting(undefined, [other])
    await breakOff()
    expect(asked).toHaveLength(2)
    expect(asked[0]?.signal.aborted).toBe(true)
    await codex.close()
  })

  it('is withdrawn when the thread no longer waits for it', async () => {
    const { codex, breakOff, asked } = await waiting((server, which) => {
      if (which === 1) server.handle('thread/resume', () => active())
    })
    await breakOff()
    expect(asked[0]?.signal.aborted).toBe(true)
    await codex.close()
  })

  it('is not withdrawn, nor asked twice, when the server does not say what the thread is at', async () => {
    const { codex, at, breakOff, asked, answer } = await waiting((server, which) => {
      if (which === 1) server.handle('thread/resume', () => ({ thread: { id: THREAD } }))
    }, [])
    await breakOff()
    at(1).send(replay)
    await settle()
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([false])
    answer.resolve('accept')
    expect(await at(1).answer(0)).toMatchObject({ result: { decision: 'accept' } })
    await codex.close()
  })

  it('is withdrawn when the item ends that it is about', async () => {
    const { codex, at, breakOff, asked } = await waiting(undefined, [])
    await breakOff()
    const completed = (id: string) => at(1).tell('item/completed', 'turn-1', { item: { id, type: 'x' } })
    completed('call-2')
    await settle()
    expect(asked[0]?.signal.aborted).toBe(false)
    completed('call-1')
    await settle()
    expect(asked[0]?.signal.aborted).toBe(true)
    await codex.close()
  })

  it('is withdrawn when its turn has ended meanwhile', async () => {
    const { codex, breakOff, asked, turn } = await waiting((server, which) => {
      if (which === 1) {
        server.handle('thread/turns/list', () => ({
          data: [{ id: 'turn-1', status: 'interrupted', items: [] }],
        }))
      }
    })
    await breakOff()
    expect(await turn.result).toMatchObject({ status: 'interrupted' })
    await settle()
    expect(asked[0]?.signal.aborted).toBe(true)
    await codex.close()
  })

  it('is withdrawn when its thread is lost, and when the client closes', async () => {
    const refused: Prepare = (server, which) => {
      if (which > 0) {
        server.handle('thread/resume', () => {
          throw new RpcError(-32600, 'no rollout found')
        })
      }
    }
    const first = await waiting(refused)
    await first.breakOff()
    expect(first.asked[0]?.signal.aborted).toBe(true)
    const second = await waiting()
    second.connect.mockImplementation(() => Promise.reject(new Error('refused')))
    await second.breakOff()
    expect(second.asked[0]?.signal.aborted).toBe(false)
    await second.codex.close()
    expect(second.asked[0]?.signal.aborted).toBe(true)
    await first.codex.close()
  })

  it('is withdrawn at once when it is answered elsewhere, connection or not', async () => {
    const { codex, at, breakOff, asked } = await waiting()
    await breakOff()
    at(1).notify('serverRequest/resolved', { threadId: THREAD, requestId: 0 })
    await settle()
    expect(asked[0]?.signal.aborted).toBe(true)
    await codex.close()
  })
})

describe('a tool call over a lost connection', () => {
  const call = { threadId: THREAD, turnId: 'turn-1', callId: 'call-1', tool: 'look', arguments: {} }
  const replay = { id: 0, method: 'item/tool/call', params: call }

  /** A turn whose tool runs, and the server that has resumed its thread over another connection. */
  async function resumedWhileRunning() {
    const answer = deferred<string>()
    const signals: AbortSignal[] = []
    const tool = defineTool({
      name: 'look',
      description: 'x',
      input: z.object({}),
      run(_input, { signal }) {
        signals.push(signal)
        return answer.promise
      },
    })
    const { codex, at, breakOff } = await lasting({}, (server, which) => {
      if (which === 1) server.handle('thread/resume', () => active())
    })
    const thread = await codex.startThread({ tools: [tool] })
    thread.stream('hi')
    await at(0).call('turn/start')
    at(0).tell('turn/started', 'turn-1')
    at(0).send(replay)
    await settle()
    await breakOff()
    return { codex, server: at(1), answer, signals }
  }

  it('is run once, however late Codex asks again', async () => {
    const { codex, server, answer, signals } = await resumedWhileRunning()
    server.send(replay)
    await settle()
    answer.resolve('seen')
    expect(await server.answer(0)).toMatchObject({ result: { success: true } })
    expect(signals).toHaveLength(1)
    await codex.close()
  })

  it('is withdrawn when its item ends', async () => {
    const { codex, server, signals } = await resumedWhileRunning()
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    server.tell('item/completed', 'turn-1', { item: { id: 'call-1', type: 'dynamicToolCall' } })
    await settle()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    await codex.close()
  })
})
