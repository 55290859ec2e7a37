import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  item,
  type ModelStub,
  type ModelStubOptions,
  reply,
  startModelStub,
} from '../../src/testing/index.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

let stub: ModelStub

beforeEach(async () => {
  stub = await startModelStub()
})
afterEach(() => stub.close())

function ask(body: object = {}, init: RequestInit = {}): Promise<Response> {
  return fetch(`${stub.url}/responses`, { method: 'POST', body: JSON.stringify(body), ...init })
}

function says(text: string): object {
  return { input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }] }
}

interface SentEvent {
  type: string
  [field: string]: unknown
}

async function events(response: Response | Promise<Response>): Promise<SentEvent[]> {
  return parse(await (await response).text())
}

function parse(text: string): SentEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [name, data] = block.split('\n')
      const event = JSON.parse(data?.slice('data: '.length) ?? '') as SentEvent
      expect(name).toBe(`event: ${event.type}`)
      return event
    })
}

async function answer(response: Response | Promise<Response>): Promise<string> {
  return (await events(response))
    .filter((event) => event.type === 'response.output_text.delta')
    .map((event) => event.delta)
    .join('')
}

async function restart(options: ModelStubOptions): Promise<void> {
  await stub.close()
  stub = await startModelStub(options)
}

describe('the event stream', () => {
  it('announces, streams and finishes a message between created and completed', async () => {
    stub.enqueue(reply.text('Hello', { chunks: ['Hel', 'lo'], usage: { inputTokens: 7, outputTokens: 3 } }))
    const response = await ask({ model: 'm' })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const sent = await events(response)
    expect(sent.map((event) => event.type.replace('response.', ''))).toEqual([
      'created',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ])
    expect(sent.map((event) => event.sequence_number)).toEqual(sent.map((_, index) => index))
    expect(sent.at(-1)).toMatchObject({
      response: {
        status: 'completed',
        model: 'm',
        output: [{ type: 'message', content: [{ text: 'Hello' }] }],
        usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
      },
    })
  })

  it('carries several items at their own index and gives calls unique ids across requests', async () => {
    const twice = reply.items([
      item.reasoning({ summary: ['why'] }),
      item.execCommand('ls', { workdir: '/', login: false, yieldTimeMs: 250 }),
    ])
    stub.enqueue(twice, twice)
    const calls = []
    for (const sent of [await events(ask()), await events(ask())]) {
      const done = sent.filter((event) => event.type === 'response.output_item.done')
      expect(done.map((event) => event.output_index)).toEqual([0, 1])
      calls.push(done[1]?.item)
      expect(done[1]?.item).toMatchObject({
        name: 'exec_command',
        arguments: '{"cmd":"ls","workdir":"/","login":false,"yield_time_ms":250}',
      })
    }
    expect(calls[0]).toMatchObject({ call_id: 'call_0_1' })
    expect(calls[1]).toMatchObject({ call_id: 'call_1_1' })
    expect(stub.requestsFor(twice)).toEqual(stub.requests)
  })

  it('carries any text through any chunks unharmed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), async (chunks) => {
        stub.enqueue(reply.text(chunks.join(''), { chunks }))
        expect(await answer(ask())).toBe(chunks.join(''))
      }),
      { numRuns: 25 },
    )
  })

  it('carries many deltas', async () => {
    const chunks = Array.from({ length: 20_000 }, (_, index) => `${index} `)
    stub.enqueue(reply.text(chunks.join(''), { chunks }))
    expect(await answer(ask())).toBe(chunks.join(''))
  })

  it('awaits the pace before each delta', async () => {
    const paced: number[] = []
    stub.enqueue(reply.text('ab', { chunks: ['a', 'b'], pace: (delta) => paced.push(delta) }))
    expect(await answer(ask())).toBe('ab')
    expect(paced).toEqual([0, 1])
  })

  it.each([
    ['failed', reply.failed('server_error', 'oh'), { error: { code: 'server_error', message: 'oh' } }],
    ['incomplete', reply.incomplete(), { incomplete_details: { reason: 'max_output_tokens' } }],
  ])('ends with response.%s when scripted so', async (status, scripted, expected) => {
    stub.enqueue(scripted)
    expect((await events(ask())).at(-1)).toMatchObject({
      type: `response.${status}`,
      response: { status, ...expected },
    })
  })

  it('sends raw text verbatim', async () => {
    stub.enqueue(reply.raw('data: {nope\n\n'))
    expect(await (await ask()).text()).toBe('data: {nope\n\n')
  })
})

describe('HTTP failures', () => {
  it('have a status, headers and an error body in the form of OpenAI', async () => {
    stub.enqueue(reply.httpError(429, { code: 'slow_down', message: 'later', retryAfterSeconds: 3 }))
    const response = await ask()
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('3')
    expect(await response.json()).toEqual({
      error: { message: 'later', type: 'slow_down', code: 'slow_down', param: null },
    })
  })

  it('can have any body', async () => {
    stub.enqueue(reply.httpError(502, { body: '<html>', headers: { 'content-type': 'text/html' } }))
    const response = await ask()
    expect([response.status, await response.text()]).toEqual([502, '<html>'])
  })
})

describe('choosing the reply', () => {
  it('takes queued replies in order, then the fallback', async () => {
    stub.enqueue(reply.text('one'), reply.text('two'))
    expect(stub.queued).toBe(2)
    expect([await answer(ask()), await answer(ask()), await answer(ask())]).toEqual(['one', 'two', 'ok'])
    expect(stub.queued).toBe(0)
  })

  it('lets a fallback function answer by the content of the request', async () => {
    await restart({ fallback: async (request) => reply.text(request.lastUserText.toUpperCase()) })
    expect(await answer(ask(says('echo')))).toBe('ECHO')
  })

  it('prefers rules to the queue and gives each of their replies once', async () => {
    stub.enqueue(reply.text('queued'))
    const matched = stub
      .when((request) => request.lastUserText === 'x')
      .reply(reply.text('x1'), reply.text('x2'))
    const heard = [await answer(ask(says('x'))), await answer(ask(says('y'))), await answer(ask(says('x')))]
    expect(heard).toEqual(['x1', 'queued', 'x2'])
    expect(await answer(ask(says('x')))).toBe('ok')
    matched.always(reply.text('x'))
    expect([await answer(ask(says('x'))), await answer(ask(says('x')))]).toEqual(['x', 'x'])
  })

  it('asks functions until they are removed, and passes on when they choose nothing', async () => {
    const remove = stub.onRequest((request) =>
      request.lastUserText === 'pass' ? undefined : reply.text('chosen'),
    )
    expect([await answer(ask()), await answer(ask(says('pass')))]).toEqual(['chosen', 'ok'])
    remove()
    expect(await answer(ask())).toBe('ok')
  })

  it('answers 500 and keeps the error when a function throws', async () => {
    stub.onRequest(() => {
      throw new Error('mistake')
    })
    expect((await ask()).status).toBe(500)
    expect(stub.errors).toEqual([new Error('mistake')])
  })

  it('keeps concurrent requesters apart by content', async () => {
    for (const who of ['a', 'b']) stub.when((r) => r.lastUserText === who).always(reply.text(`to ${who}`))
    const heard = await Promise.all(['a', 'b', 'a', 'b'].map((who) => answer(ask(says(who)))))
    expect(heard).toEqual(['to a', 'to b', 'to a', 'to b'])
  })
})

describe('recorded requests', () => {
  it('hold the body and the headers without credentials', async () => {
    await ask(
      { model: 'm', prompt_cache_key: 't1' },
      { headers: { authorization: 'Bearer sk-secret', 'x-api-key': 'secret', 'x-mark': '1' } },
    )
    const request = await stub.waitForRequest()
    expect(request).toMatchObject({
      method: 'POST',
      path: '/v1/responses',
      model: 'm',
      threadId: 't1',
      serial: 0,
    })
    expect(request.headers).toMatchObject({
      authorization: 'Bearer [present]',
      'x-api-key': '[present]',
      'x-mark': '1',
    })
    expect(JSON.stringify(request)).not.toContain('secret')
  })

  it('tell what the user said from what Codex wrote in the name of the user', async () => {
    const context = says('<environment_context>\n<cwd>/</cwd>\n</environment_context>') as { input: object[] }
    const said = says('<b>hi</b> there') as { input: object[] }
    await ask({ input: [...context.input, ...said.input] })
    expect(stub.requests[0]?.userTexts()).toEqual(['<b>hi</b> there'])
  })

  it('list tools, tool outputs, and the thread, turn and kind that Codex names', async () => {
    await ask({
      tools: [{ type: 'function', name: 'lookup' }, { type: 'web_search' }],
      input: [
        { type: 'function_call_output', call_id: 'c1', output: 'plain' },
        { type: 'custom_tool_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'part' }] },
      ],
      client_metadata: {
        thread_id: 't1',
        turn_id: 'u1',
        'x-codex-turn-metadata': '{"request_kind":"compaction"}',
      },
    })
    const request = stub.requests[0]
    expect(request).toMatchObject({ threadId: 't1', turnId: 'u1', kind: 'compaction' })
    expect(request?.toolNames).toEqual(['lookup', 'web_search'])
    expect(request?.toolOutputs().map((output) => output.text)).toEqual(['plain', 'part'])
    expect(request?.toolOutput('c2')?.type).toBe('custom_tool_call_output')
  })

  it('survive bodies of any shape', async () => {
    for (const body of ['', 'no json', 'null', '[]', '{"input":7,"tools":[null],"client_metadata":"x"}']) {
      await (await ask({}, { body })).text()
      const request = stub.requests.at(-1)
      expect([request?.model, request?.threadId, request?.kind, request?.lastUserText]).toEqual([
        '',
        '',
        '',
        '',
      ])
    }
  })

  it('are decompressed, and an unknown encoding is refused', async () => {
    await ask({}, { body: gzipSync('{"model":"packed"}'), headers: { 'content-encoding': 'gzip' } })
    expect(stub.requests[0]?.model).toBe('packed')
    expect((await ask({}, { headers: { 'content-encoding': 'zstd' } })).status).toBe(500)
    expect(stub.errors).toHaveLength(1)
  })

  it('that are not for the model are answered, kept apart and take no reply', async () => {
    stub.enqueue(reply.text('kept'))
    const models = await fetch(`${stub.url}/models`)
    expect(await models.json()).toEqual({ object: 'list', data: [] })
    expect((await fetch(`${stub.url}/elsewhere`)).status).toBe(404)
    expect(stub.otherRequests.map((request) => request.path)).toEqual(['/v1/models', '/v1/elsewhere'])
    expect(stub.queued).toBe(1)
  })

  it('are forgotten on reset, with rules and queue, but serial numbers go on', async () => {
    await ask()
    stub.enqueue(reply.text('gone'))
    stub.when(() => true).always(reply.text('gone'))
    stub.reset()
    expect(await answer(ask())).toBe('ok')
    expect((await stub.waitForRequest(1)).serial).toBe(1)
  })
})
