import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { UnsupportedMethodError } from '../../src/client/index.js'
import { reply } from '../../src/testing/index.js'
import { type Bench, readAll, startBench, textOf } from './client-support.js'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench?.[Symbol.asyncDispose]())
beforeEach(() => bench.stub.reset())

describe('a turn', () => {
  it('streams and completes, with its items in order and its usage', async () => {
    const thread = await bench.codex.startThread()
    bench.stub.enqueue(
      reply.text('Hello there', {
        chunks: ['Hel', 'lo ', 'there'],
        usage: { inputTokens: 1000, cachedInputTokens: 400, outputTokens: 50, reasoningTokens: 7 },
      }),
    )
    const turn = thread.stream('hi')
    const events = await readAll(turn)
    const result = await turn.result
    expect(events[0]).toMatchObject({ type: 'turn.started', turnId: turn.id, threadId: thread.id })
    expect(events.at(-1)).toMatchObject({ type: 'turn.completed', status: 'completed' })
    expect(textOf(events)).toBe('Hello there')
    expect(result).toMatchObject({ status: 'completed', text: 'Hello there', turnId: turn.id })
    expect(result.items.map((item) => item.type)).toEqual(['userMessage', 'agentMessage'])
    expect(result.usage).toMatchObject({
      totalTokens: 1050,
      inputTokens: 1000,
      cachedInputTokens: 400,
      outputTokens: 50,
      reasoningOutputTokens: 7,
    })
    expect(result.failure).toBeUndefined()
  })

  it('counts its own tokens only, over several calls of the model', async () => {
    const thread = await bench.codex.startThread({ approvalPolicy: 'never', sandbox: 'danger-full-access' })
    bench.stub.enqueue(reply.text('one', { usage: { inputTokens: 100, outputTokens: 10 } }))
    expect((await thread.run('first')).usage).toMatchObject({ totalTokens: 110 })
    bench.stub.enqueue(
      reply.execCommand('true', { usage: { inputTokens: 200, outputTokens: 20 } }),
      reply.text('two', { usage: { inputTokens: 300, outputTokens: 30 } }),
    )
    expect((await thread.run('second')).usage).toMatchObject({
      totalTokens: 550,
      inputTokens: 500,
      outputTokens: 50,
      thread: { totalTokens: 660 },
      contextTokens: 330,
    })
  })

  it('tells of a command and its output', async () => {
    const thread = await bench.codex.startThread({ approvalPolicy: 'never', sandbox: 'danger-full-access' })
    bench.stub.enqueue(reply.execCommand('echo out-$((40+2))'), reply.text('ran'))
    const turn = thread.stream('run it')
    const events = await readAll(turn)
    const types = events.map((event) => (event.type === 'item.completed' ? event.item.type : event.type))
    expect(types).toContain('commandExecution')
    const { items, text } = await turn.result
    expect(items.find((item) => item.type === 'commandExecution')).toMatchObject({
      exitCode: 0,
      aggregatedOutput: expect.stringContaining('out-42'),
    })
    expect(text).toBe('ran')
  })

  it('fails with what the provider said, and the next one works', async () => {
    const thread = await bench.codex.startThread()
    bench.stub.enqueue(reply.httpError(401, { message: 'bad key' }))
    const error = await thread.run('hi').catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'TURN_FAILED',
      failure: { kind: 'provider-auth-failed', phase: 'turn', httpStatus: 401 },
      result: { status: 'failed', threadId: thread.id },
    })
    expect((await thread.run('again')).text).toBe('ok')
  })

  it('tells of each attempt that Codex repeats, and keeps the last', async () => {
    await using patient = await startBench({}, { streamMaxRetries: 1 })
    const thread = await patient.codex.startThread()
    patient.stub.enqueue(
      reply.cut(reply.text('first half', { chunks: ['first', ' half'] }), { afterDeltas: 1 }),
      reply.text('second'),
    )
    const turn = thread.stream('hi')
    const types = (await readAll(turn)).map((event) => event.type)
    expect(types.filter((type) => type === 'turn.retrying')).toHaveLength(1)
    const { items, text } = await turn.result
    expect(text).toBe('second')
    expect(items.map((item) => item.type)).toEqual(['userMessage', 'agentMessage'])
  })

  it('runs 200 times in a row on one thread, each with its own start, text and end', async () => {
    const thread = await bench.codex.startThread({ ephemeral: true })
    const turnIds = new Set<string>()
    for (let number = 1; number <= 200; number += 1) {
      bench.stub.enqueue(reply.text(`answer ${number}`, { chunks: ['answer ', `${number}`] }))
      const turn = thread.stream(`question ${number}`)
      const events = await readAll(turn)
      const { text, status } = await turn.result
      const types = events.map((event) => event.type)
      if (types[0] !== 'turn.started' || types.at(-1) !== 'turn.completed') expect(types).toBe('framed')
      expect(types.filter((type) => type === 'turn.started' || type === 'turn.completed')).toHaveLength(2)
      expect([status, text, textOf(events)]).toEqual(['completed', `answer ${number}`, `answer ${number}`])
      expect(events.every((event) => event.turnId === turn.id)).toBe(true)
      turnIds.add(turn.id ?? '')
    }
    expect(turnIds.size).toBe(200)
  })
})

describe('threads', () => {
  it('run turns at the same time without mixing them', async () => {
    const [a, b] = await Promise.all([bench.codex.startThread(), bench.codex.startThread()])
    const slow = reply.hold(reply.text('for A', { chunks: ['for ', 'A'] }), { afterDeltas: 1 })
    bench.stub.when((request) => request.threadId === a.id).reply(slow)
    bench.stub.when((request) => request.threadId === b.id).reply(reply.text('for B'))
    const first = a.stream('A')
    await slow.reached
    expect((await b.run('B')).text).toBe('for B')
    slow.release()
    const events = await readAll(first)
    expect(events.every((event) => event.threadId === a.id)).toBe(true)
    expect((await first.result).text).toBe('for A')
  })

  it('are resumed with their memory by another process on the same home', async () => {
    const own = await startBench()
    try {
      const thread = await own.codex.startThread()
      await thread.run('remember 42')
      await own.codex.close()
      const { codex } = await own.restart()
      try {
        const resumed = await codex.resumeThread(thread.id)
        expect(resumed.id).toBe(thread.id)
        own.stub.enqueue(reply.text('42', { usage: { inputTokens: 7, outputTokens: 1 } }))
        const result = await resumed.run('what was it?')
        expect(own.stub.requests.at(-1)?.userTexts()).toEqual(['remember 42', 'what was it?'])
        expect(result.usage).toMatchObject({ totalTokens: 8, thread: { totalTokens: 128 } })
        const { data } = await codex.request('thread/list', {})
        expect(data.map((one) => one.id)).toContain(thread.id)
      } finally {
        await codex.close()
      }
    } finally {
      await own[Symbol.asyncDispose]()
    }
  })

  it('that do not exist cannot be resumed', async () => {
    const unknown = '00000000-0000-7000-8000-000000000000'
    await expect(bench.codex.resumeThread(unknown)).rejects.toMatchObject({ code: 'RPC_ERROR' })
  })
})

describe('requests', () => {
  it('are typed, with params and without', async () => {
    const { data } = await bench.codex.request('model/list', {})
    expect(data.map((model) => model.id)).toContain('gpt-5.5')
    expect(await bench.codex.request('configRequirements/read')).toBeDefined()
    expect(bench.codex.server.userAgent).toContain('codex-conduit/')
  })

  it('tell what this server supports', async () => {
    expect(await bench.codex.supports('turn/start')).toBe(true)
    expect(await bench.codex.supports('turn/teleport')).toBe(false)
    const error = await bench.codex.requestUntyped('turn/teleport', {}).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UnsupportedMethodError)
    expect(String(error)).toContain('0.169.0')
  })

  it('that Codex refuses reject with its error, not as unsupported', async () => {
    const bad = bench.codex.request('turn/start', { threadId: 'no-uuid', input: [] })
    await expect(bad).rejects.toMatchObject({ code: 'RPC_ERROR', rpcCode: -32600, method: 'turn/start' })
  })
})
