import { describe, expect, it } from 'vitest'
import { Codex } from '../../../src/client/index.js'
import { createFakeAppServer, FakeAppServerClosedError } from '../../../src/testing/index.js'
import { deferred } from '../../../src/util/deferred.js'
import { RawClient } from '../../contract/fake-app-server/raw-client.js'
import { startBench } from './support.js'

/** Clients of one fake server that have shaken hands. */
async function connectRaw(fake: ReturnType<typeof createFakeAppServer>, count: number) {
  const clients = Array.from({ length: count }, () => new RawClient(fake.connect()))
  for (const client of clients) {
    await client.start()
    await client.initialize()
  }
  return clients as [RawClient, RawClient, RawClient]
}

const methodsOf = (client: RawClient) =>
  client.log.flatMap(({ from, message }) => (from === 'server' && message.method ? [message.method] : []))

describe('several clients', () => {
  it('are told of threads all, of turns only when they follow the thread', async () => {
    await using fake = createFakeAppServer()
    const [starter, stranger] = await connectRaw(fake, 2)
    const threadId = await starter.startThread()
    await starter.runTurn(threadId, 'x')
    expect(methodsOf(starter)).toContain('turn/completed')
    expect(new Set(methodsOf(stranger))).toEqual(new Set(['thread/started', 'thread/status/changed']))
  })

  it('are asked under one id; the first answer counts, later ones are ignored', async () => {
    const decided = deferred<unknown>()
    await using fake = createFakeAppServer((one) => {
      one.onTurn('ask', async (turn) => decided.resolve(await turn.asksApproval({ command: 'x' })))
    })
    const [first, second] = await connectRaw(fake, 2)
    const threadId = await first.startThread()
    await first.runTurn(threadId, 'x')
    await second.call('thread/resume', { threadId, excludeTurns: true })
    const turnId = await first.startTurn(threadId, 'ask')
    const isAsked = ({ method }: { method?: string }) => method === 'item/commandExecution/requestApproval'
    const ids = [await first.until(isAsked), await second.until(isAsked)].map(({ id }) => id)
    expect(ids).toEqual([0, 0])
    second.send({ id: 0 })
    second.send({ id: 0, result: { decision: 'decline' } })
    first.send({ id: 0, result: { decision: 'accept' } })
    await first.completed(turnId)
    expect(await decided.promise).toBe('decline')
  })

  it('may leave: a turn goes on, and its question waits for whoever comes', async () => {
    const decided = deferred<unknown>()
    await using fake = createFakeAppServer((one) => {
      one.onTurn('ask', async (turn) => decided.resolve(await turn.asksApproval({ command: 'x' })))
    })
    const [first, second] = await connectRaw(fake, 2)
    const threadId = await first.startThread()
    await first.runTurn(threadId, 'x')
    await first.startTurn(threadId, 'ask')
    await first.close()
    second.reply = () => ({ result: { decision: 'accept' } })
    await second.call('thread/resume', { threadId, excludeTurns: true })
    expect(await decided.promise).toBe('accept')
    await second.until(({ method }) => method === 'turn/completed')
  })
})

describe('the server', () => {
  it('resumes a thread for a client that comes later, with its history', async () => {
    await using bench = await startBench()
    await bench.thread.run('remember')
    await bench.codex.close()
    const later = await Codex.connect(bench.fake.connect())
    const thread = await later.resumeThread(bench.thread.id)
    expect((await thread.run('and now?')).text).toBe('ok')
    const { data } = await later.request('thread/turns/list', { threadId: thread.id })
    expect(data).toHaveLength(2)
    await later.close()
  })

  it('shows what it got and what it keeps', async () => {
    await using bench = await startBench()
    await bench.thread.run('hello')
    const methods = bench.fake.received.map(({ method }) => method)
    expect(methods).toEqual(['initialize', 'initialized', 'thread/start', 'turn/start'])
    expect(bench.fake.threads).toMatchObject([
      {
        id: bench.thread.id,
        preview: 'hello',
        turns: [{ status: 'completed', items: [{}, { text: 'ok' }] }],
      },
    ])
  })

  it('lets a test wait for a request, be it there or to come', async () => {
    await using bench = await startBench()
    expect(await bench.fake.waitForRequest('thread/start')).toMatchObject({ params: { cwd: '/repo' } })
    const waiting = bench.fake.waitForRequest(({ method }) => method === 'turn/start')
    await bench.thread.run('x')
    expect(await waiting).toMatchObject({ method: 'turn/start' })
    const given = bench.fake.waitForRequest('never', { signal: AbortSignal.abort() })
    await expect(given).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('answers what a handler answers, and says how when nobody does', async () => {
    await using bench = await startBench()
    const { codex, fake } = bench
    const refused = codex.request('config/read', {})
    await expect(refused).rejects.toMatchObject({
      rpcCode: -32603,
      message: expect.stringContaining('onRequest'),
    })
    const remove = fake.onRequest('config/read', async (params) => ({ config: {}, origins: params }))
    expect(await codex.request('config/read', {})).toEqual({ config: {}, origins: {} })
    remove()
    await expect(codex.request('config/read', {})).rejects.toMatchObject({ rpcCode: -32603 })
    fake.onRequest('future/method', () => 'known by now')
    expect(await codex.requestUntyped('future/method', {})).toBe('known by now')
    const circle: { self?: unknown } = {}
    circle.self = circle
    const wrong = [
      () => {
        throw new Error('wrong handler')
      },
      () => circle,
      async () => circle,
    ]
    for (const handler of wrong) {
      fake.onRequest('model/list', handler)
      await expect(codex.request('model/list', {})).rejects.toMatchObject({ rpcCode: -32603 })
    }
    const notJson = 'the message cannot be written as JSON'
    expect(fake.errors.map((error) => error.message)).toEqual(['wrong handler', notJson, notJson])
  })

  it('may be answered for in a handshake, and notes what an asynchronous script rejects with', async () => {
    const fake = createFakeAppServer(async (one) => {
      one.onRequest('initialize', () => ({ userAgent: 'older/0.111.0', codexHome: '/h' }))
      throw new Error('wrong set-up')
    })
    const codex = await Codex.connect(fake.connect())
    expect(codex.server.userAgent).toBe('older/0.111.0')
    expect((await (await codex.startThread()).run('x')).text).toBe('ok')
    expect(fake.errors.map((error) => error.message)).toEqual(['wrong set-up'])
    await codex.close()
    await fake.close()
  })

  it('compacts a history in a turn of its own', async () => {
    await using fake = createFakeAppServer()
    const [client] = await connectRaw(fake, 1)
    const threadId = await client.startThread()
    await client.runTurn(threadId, 'x')
    await client.call('thread/compact/start', { threadId })
    const isCompaction = ({ params }: { params?: Readonly<Record<string, unknown>> }) =>
      (params?.item as { type?: string } | undefined)?.type === 'contextCompaction'
    await client.until(isCompaction)
    await client.until(({ method }) => method === 'turn/completed' && fake.threads[0]?.turns.length === 2)
  })

  it('closes once: clients and waiters learn of it, turns end, nothing is served any more', async () => {
    const hung = deferred<unknown>()
    const bench = await startBench((fake) =>
      fake.onTurn((turn) => {
        turn.signal.addEventListener('abort', () => hung.resolve(turn.signal.reason))
        return turn.waits(new Promise(() => {}))
      }),
    )
    const { fake, codex, thread } = bench
    const waiting = fake.waitForRequest('never')
    const turn = thread.stream('x')
    await fake.waitForRequest('turn/start')
    await Promise.all([fake.close(), fake.close(), expect(waiting).rejects.toThrow(FakeAppServerClosedError)])
    expect(await turn.result).toMatchObject({ failure: { kind: 'transport-closed-before-turn-completed' } })
    expect(await codex.closed).toMatchObject({ kind: 'remote' })
    expect(await hung.promise).toMatchObject({ name: 'AbortError' })
    expect(() => fake.connect()).toThrow(FakeAppServerClosedError)
    await expect(fake.listenWebSocket()).rejects.toThrow(FakeAppServerClosedError)
    await expect(fake.waitForRequest('never')).rejects.toThrow(FakeAppServerClosedError)
    await codex.close()
  })

  it('refuses wrong settings by name', () => {
    const option = (name: string) => expect.objectContaining({ code: 'INVALID_INPUT', option: name })
    const thrown = (call: () => unknown) => {
      try {
        return call()
      } catch (error) {
        return error
      }
    }
    const fake = createFakeAppServer()
    expect(thrown(() => createFakeAppServer(5 as never))).toEqual(option('script'))
    expect(thrown(() => createFakeAppServer(undefined, { model: '' }))).toEqual(option('model'))
    expect(thrown(() => createFakeAppServer(undefined, { modell: 'x' } as never))).toEqual(option('modell'))
    expect(thrown(() => fake.onTurn(5 as never, () => {}))).toEqual(option('matcher'))
    expect(thrown(() => fake.onTurn('x', 5 as never))).toEqual(option('script'))
    expect(thrown(() => fake.onTurn('x', () => {}, { times: 0 }))).toEqual(option('times'))
    expect(thrown(() => fake.onRequest('', () => {}))).toEqual(option('method'))
    expect(thrown(() => fake.onRequest('x', undefined as never))).toEqual(option('handler'))
  })
})
