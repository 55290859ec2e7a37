import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  type Codex,
  type CodexOptions,
  type DynamicTool,
  defineTool,
  type ToolContext,
} from '../../src/client/index.js'
import { type AppServerDouble, connectDouble, settle } from './support.js'

let codex: Codex | undefined
afterEach(async () => {
  vi.useRealTimers()
  await codex?.close()
})

const THREAD = 'with-tools'

async function connect(tools: readonly DynamicTool[], options: CodexOptions = {}) {
  const connected = await connectDouble(options)
  codex = connected.codex
  const { server } = connected
  server.handle('thread/start', () => ({ thread: { id: THREAD } }))
  const problems: Error[] = []
  codex.on('diagnostic', (error) => problems.push(error))
  await codex.startThread({ tools })
  return { ...connected, problems }
}

function call(server: AppServerDouble, tool: string, args: unknown, more: object = {}, id: number = 0) {
  const params = {
    threadId: THREAD,
    turnId: 'turn-1',
    callId: 'call-1',
    namespace: null,
    tool,
    arguments: args,
  }
  server.send({ id, method: 'item/tool/call', params: { ...params, ...more } })
  return server.answer(id).then(({ result }) => result)
}

const text = (value: string, success = true) => ({
  success,
  contentItems: [{ type: 'inputText', text: value }],
})

const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  input: z.object({ a: z.number(), b: z.number().default(1) }),
  run: ({ a, b }) => a + b,
})

const returning = (value: unknown) =>
  defineTool({ name: 'give', description: 'Gives.', input: z.object({}), run: () => value })

describe('a tool', () => {
  it('is told to Codex with the schema of its input, beside tools that are given as they are', async () => {
    const { server, codex } = await connect([add])
    const raw = { type: 'function' as const, name: 'raw', description: 'd', inputSchema: { type: 'object' } }
    await codex.startThread({ tools: [add], dynamicTools: [raw], cwd: '/x' })
    const [, first, second] = server.calls('thread/start').map(({ params }) => params)
    expect(first).toEqual({
      dynamicTools: [
        {
          type: 'function',
          name: 'add',
          description: 'Adds two numbers.',
          inputSchema: {
            type: 'object',
            properties: { a: { type: 'number' }, b: { type: 'number', default: 1 } },
            required: ['a'],
          },
        },
      ],
    })
    expect(second).toMatchObject({ cwd: '/x', dynamicTools: [raw, { name: 'add' }] })
    expect(server.calls('thread/start')[0]?.params).toEqual({})
  })

  it('runs on its checked input', async () => {
    const { server } = await connect([add])
    expect(await call(server, 'add', { a: 2 })).toEqual(text('3'))
  })

  it('does not run on another input, and the model is told why', async () => {
    const { server, problems } = await connect([add])
    for (const args of [{}, { a: 'x' }, null, undefined, 'text']) {
      const id = server.received.length
      const result = await call(server, 'add', args, {}, id)
      expect(result).toMatchObject({ success: false })
      expect(JSON.stringify(result)).toContain("do not match the tool's input")
    }
    expect(problems).toEqual([])
  })

  it.each<[string, unknown, object]>([
    ['text', 'hello', text('hello')],
    ['nothing', undefined, { success: true, contentItems: [] }],
    ['null', null, text('null')],
    ['a number', 1.5, text('1.5')],
    ['an object', { a: [1] }, text('{"a":[1]}')],
    ['an empty list', [], text('[]')],
    ['a list of values', [1, 'x'], text('[1,"x"]')],
    [
      'content',
      [
        { type: 'inputText', text: 'a' },
        { type: 'inputImage', imageUrl: 'data:image/png;base64,' },
      ],
      {
        success: true,
        contentItems: [
          { type: 'inputText', text: 'a' },
          { type: 'inputImage', imageUrl: 'data:image/png;base64,' },
        ],
      },
    ],
  ])('returns %s', async (_what, value, result) => {
    const { server } = await connect([returning(value)])
    expect(await call(server, 'give', {})).toEqual(result)
  })

  it('that returns what is no JSON fails', async () => {
    const { server, problems } = await connect([returning(1n)])
    expect(await call(server, 'give', {})).toMatchObject({ success: false })
    expect(problems).toHaveLength(1)
  })

  it('that throws fails; its owner gets the error, the model a message without secrets', async () => {
    const secret = `sk-${'a1B2c3D4'.repeat(5)}`
    const error = new Error(`no luck with ${secret}`)
    const broken = defineTool({
      name: 'broken',
      description: 'd',
      input: z.object({}),
      run: () => Promise.reject(error),
    })
    const { server, problems } = await connect([broken])
    const result = JSON.stringify(await call(server, 'broken', {}))
    expect(result).toContain('The tool failed: no luck with')
    expect(result).not.toContain(secret)
    expect(problems).toEqual([error])
  })

  it('that nobody gave is refused', async () => {
    const { server } = await connect([add])
    const refused = text('This client does not provide the tool.', false)
    expect(await call(server, 'other', {})).toEqual(refused)
    expect(await call(server, 'toString', {}, {}, 1)).toEqual(refused)
    expect(await call(server, 'add', { a: 1 }, { threadId: 'another' }, 2)).toEqual(refused)
    expect(await call(server, 'add', { a: 1 }, { namespace: 'crm' }, 3)).toEqual(refused)
    server.send({ id: 4, method: 'item/tool/call', params: null })
    expect((await server.answer(4)).result).toEqual(refused)
  })

  it('answers a resumed thread when it is given again', async () => {
    const { server, codex } = await connect([])
    expect(await call(server, 'add', { a: 1 }, { threadId: 'old' })).toMatchObject({ success: false })
    await codex.resumeThread('old', { tools: [add] })
    expect(await call(server, 'add', { a: 1 }, { threadId: 'old' }, 1)).toEqual(text('2'))
    expect(server.calls('thread/resume')[0]?.params).toEqual({ threadId: 'old', excludeTurns: true })
    server.notify('thread/closed', { threadId: 'old' })
    expect(await call(server, 'add', { a: 1 }, { threadId: 'old' }, 2)).toMatchObject({ success: false })
  })
})

describe('a tool that takes its time', () => {
  function slow(timeoutMs?: number) {
    const contexts: ToolContext[] = []
    const tool = defineTool({
      name: 'slow',
      description: 'd',
      input: z.object({}),
      timeoutMs,
      run: (_input, context) => {
        contexts.push(context)
        return new Promise(() => {})
      },
    })
    const first = () => vi.waitUntil(() => contexts[0], { interval: 1 })
    return { tool, contexts, first }
  }

  it('fails at its deadline, and is told', async () => {
    vi.useFakeTimers()
    const { tool, contexts } = slow(5000)
    const { server } = await connect([tool])
    const result = call(server, 'slow', {})
    await vi.advanceTimersByTimeAsync(4999)
    expect(contexts[0]?.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await result).toEqual(text('The tool did not answer within 5000 ms.', false))
    expect(contexts[0]?.signal.aborted).toBe(true)
  })

  it('is told when its turn ends, and answers nothing', async () => {
    const { tool, first } = slow()
    const { server } = await connect([tool])
    void call(server, 'slow', {})
    const context = await first()
    expect(context).toMatchObject({ threadId: THREAD, turnId: 'turn-1', callId: 'call-1' })
    server.notify('turn/completed', { threadId: THREAD, turn: { id: 'turn-1', status: 'interrupted' } })
    await settle()
    expect(context.signal.aborted).toBe(true)
    expect(server.received.filter((message) => message.method === undefined)).toEqual([])
  })

  it('is told when the connection closes', async () => {
    const { tool, first } = slow()
    const { server, codex } = await connect([tool])
    void call(server, 'slow', {})
    const { signal } = await first()
    await codex.close()
    expect(signal.aborted).toBe(true)
  })
})

describe('the definition of a tool', () => {
  const good = { name: 'x', description: 'd', input: z.object({}), run: () => '' }

  it.each([
    ['name', { name: 'a b' }],
    ['name', { name: '' }],
    ['name', { name: 'mcp__x' }],
    ['name', { name: undefined }],
    ['description', { description: '' }],
    ['description', { description: undefined }],
    ['input', { input: { type: 'object' } }],
    ['input', { input: z.string() }],
    ['input', { input: z.object({ when: z.date() }) }],
    ['run', { run: 'x' }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeout', { timeout: 1_000 }],
  ])('names %s when it is wrong', (option, change) => {
    expect(() => defineTool({ ...good, ...change } as never)).toThrow(expect.objectContaining({ option }))
  })

  it('is checked when a thread is started or resumed', async () => {
    const { codex } = await connect([])
    await expect(codex.startThread({ tools: [add, add] })).rejects.toMatchObject({ option: 'tools' })
    await expect(codex.startThread({ tools: [{}] as never })).rejects.toMatchObject({ option: 'tools[0]' })
    await expect(codex.resumeThread('x', { tools: 'x' as never })).rejects.toMatchObject({ option: 'tools' })
  })

  it('needs the experimental capability, and says so', async () => {
    const { codex: plain } = await connectDouble({ experimentalApi: false })
    codex = plain
    await expect(plain.startThread({ tools: [add] })).rejects.toThrow(/experimentalApi/)
  })
})
