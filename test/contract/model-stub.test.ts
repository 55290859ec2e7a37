import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  item,
  type ModelStub,
  reply,
  type StubCodexHome,
  startModelStub,
  stubCodexHome,
} from '../../src/testing/index.js'

interface Message {
  id?: number
  method?: string
  // biome-ignore lint/suspicious/noExplicitAny: the raw wire, whatever it carries
  params?: any
  // biome-ignore lint/suspicious/noExplicitAny: the raw wire, whatever it carries
  result?: any
  error?: { message: string }
}

/** Just enough of a client to drive the real binary without the code that is tested elsewhere. */
class RawCodex {
  readonly messages: Message[] = []
  readonly approvals: Record<string, unknown> = {}
  readonly #child: ChildProcess
  readonly #watchers = new Set<() => void>()
  readonly #exited: Promise<unknown>
  #stderr = ''
  #nextId = 1
  #gone = false

  constructor(env: Readonly<Record<string, string>>) {
    this.#child = spawn(nativeBinary(), ['app-server'], { env: { ...process.env, ...env } })
    this.#exited = once(this.#child, 'exit').finally(() => {
      this.#gone = true
      this.#wake()
    })
    this.#child.stderr?.on('data', (data) => {
      this.#stderr += data
    })
    if (this.#child.stdout === null) throw new Error('no stdout')
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as Message
      this.messages.push(message)
      if (message.method !== undefined && message.id !== undefined) {
        this.#send({ id: message.id, result: this.approvals[message.method] })
      }
      this.#wake()
    })
  }

  async initialize(): Promise<void> {
    const clientInfo = { name: 'contract-test', version: '1' }
    await this.request('initialize', { clientInfo, capabilities: { experimentalApi: true } })
  }

  async request(method: string, params: object): Promise<Message['result']> {
    const id = this.#nextId++
    this.#send({ id, method, params })
    const response = await this.until((message) => message.method === undefined && message.id === id)
    if (response.error) throw new Error(response.error.message)
    return response.result
  }

  async until(accepts: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(accepts)
      if (found) return found
      if (this.#gone) throw new Error(`codex exited: ${this.#stderr}`)
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  async startThread(params: object = {}): Promise<string> {
    return (await this.request('thread/start', { cwd: workspace, ...params })).thread.id
  }

  startTurn(threadId: string, text: string): Promise<{ turn: { id: string } }> {
    return this.request('turn/start', { threadId, input: [{ type: 'text', text }] })
  }

  async runTurn(threadId: string, text: string): Promise<Message['params']> {
    return this.turnEnd((await this.startTurn(threadId, text)).turn.id)
  }

  async turnEnd(turnId: string): Promise<Message['params']> {
    const end = await this.until((m) => m.method === 'turn/completed' && m.params.turn.id === turnId)
    return end.params.turn
  }

  /** The parameters of everything that a thread's clients were told by this method. */
  heard(method: string, threadId: string): Message['params'][] {
    return this.messages
      .filter((message) => message.method === method && message.params.threadId === threadId)
      .map((message) => message.params)
  }

  async close(): Promise<void> {
    this.#child.stdin?.end()
    await this.#exited
  }

  #send(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`)
  }

  #wake(): void {
    for (const resolve of this.#watchers) resolve()
    this.#watchers.clear()
  }
}

function nativeBinary(): string {
  const shim = createRequire(import.meta.url).resolve('@openai/codex/package.json')
  const native = `@openai/codex-${process.platform}-${process.arch}/package.json`
  const vendor = join(dirname(createRequire(shim).resolve(native)), 'vendor')
  const [triple = ''] = readdirSync(vendor)
  return join(vendor, triple, 'bin', process.platform === 'win32' ? 'codex.exe' : 'codex')
}

let stub: ModelStub
let home: StubCodexHome
let codex: RawCodex
let workspace: string

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'stub-workspace-'))
  stub = await startModelStub()
  home = await stubCodexHome(stub)
  codex = new RawCodex(home.env)
  await codex.initialize()
})
afterAll(async () => {
  await codex?.close()
  await stub?.close()
  await home?.dispose()
  await rm(workspace, { recursive: true, force: true })
})
beforeEach(() => stub.reset())

const cautious = { approvalPolicy: 'on-request', sandbox: 'read-only' }

it('completes a text turn, with the scripted chunks and usage', async () => {
  const thread = await codex.startThread()
  const usage = { inputTokens: 1000, cachedInputTokens: 400, outputTokens: 50, reasoningTokens: 7 }
  stub.enqueue(reply.text('Hello', { chunks: ['Hel', 'lo'], usage }))
  const turn = await codex.runTurn(thread, 'hi there')
  expect(turn).toMatchObject({ status: 'completed', items: [{ type: 'agentMessage', text: 'Hello' }] })
  expect(codex.heard('item/agentMessage/delta', thread).map((params) => params.delta)).toEqual(['Hel', 'lo'])
  expect(codex.heard('thread/tokenUsage/updated', thread)[0].tokenUsage.last).toMatchObject({
    inputTokens: 1000,
    cachedInputTokens: 400,
    outputTokens: 50,
    reasoningOutputTokens: 7,
    totalTokens: 1050,
  })
  expect(stub.requests[0]).toMatchObject({
    threadId: thread,
    turnId: turn.id,
    kind: 'turn',
    model: 'gpt-5.5',
  })
  expect(stub.requests[0]?.userTexts()).toEqual(['hi there'])
  expect(stub.otherRequests).toEqual([])
})

it('streams reasoning before the message', async () => {
  const thread = await codex.startThread()
  const thought = item.reasoning({ summary: ['one', 'two'], content: ['raw'] })
  stub.enqueue(reply.items([thought, item.message('done')]))
  await codex.runTurn(thread, 'think')
  const completed = codex.heard('item/completed', thread).map((params) => params.item)
  expect(completed.slice(1)).toMatchObject([
    { type: 'reasoning', summary: ['one', 'two'], content: ['raw'] },
    { type: 'agentMessage', text: 'done' },
  ])
  const summary = codex.heard('item/reasoning/summaryTextDelta', thread).map((params) => params.delta)
  expect(summary).toEqual(['one', 'two'])
})

it('runs a command and returns its output to the model', async () => {
  const thread = await codex.startThread({ approvalPolicy: 'never', sandbox: 'danger-full-access' })
  stub.enqueue(reply.execCommand('echo out-$((40+2))', { callId: 'c1' }), reply.text('ran'))
  const turn = await codex.runTurn(thread, 'run it')
  expect(turn.items).toMatchObject([{ text: 'ran' }])
  expect(stub.requests[1]?.toolOutput('c1')?.text).toContain('out-42')
})

it('runs a command without the profile of the user where it is told to', async () => {
  for (const name of ['.profile', '.bash_profile', '.zprofile']) {
    await writeFile(join(workspace, name), 'echo from the profile\n')
  }
  const own = new RawCodex({ ...home.env, HOME: workspace })
  try {
    await own.initialize()
    const thread = await own.startThread({ approvalPolicy: 'never', sandbox: 'danger-full-access' })
    stub.enqueue(
      reply.execCommand('echo one', { callId: 'with' }),
      reply.execCommand('echo two', { callId: 'without', login: false }),
    )
    await own.runTurn(thread, 'run both')
  } finally {
    await own.close()
  }
  const printed = (callId: string) => stub.requests.at(-1)?.toolOutput(callId)?.text
  expect(printed('with')).toMatch(/from the profile\s+one/)
  expect(printed('without')).toContain('two')
  expect(printed('without')).not.toContain('from the profile')
})

it('asks for approval of an escalated command, and tells the model when it is declined', async () => {
  const thread = await codex.startThread(cautious)
  const method = 'item/commandExecution/requestApproval'
  for (const decision of ['accept', 'decline']) {
    codex.approvals[method] = { decision }
    stub.enqueue(reply.execCommand('echo hi', { callId: decision, escalate: 'must leave the sandbox' }))
    await codex.runTurn(thread, decision)
  }
  expect(codex.heard(method, thread)).toMatchObject([
    { itemId: 'accept', reason: 'must leave the sandbox' },
    { itemId: 'decline' },
  ])
  expect(stub.requests.at(-1)?.toolOutput('accept')?.text).toContain('hi')
  expect(stub.requests.at(-1)?.toolOutput('decline')?.text).toContain('rejected')
})

it('patches files after approval', async () => {
  const thread = await codex.startThread(cautious)
  const method = 'item/fileChange/requestApproval'
  codex.approvals[method] = { decision: 'accept' }
  const patch = '*** Begin Patch\n*** Add File: made.txt\n+content\n*** End Patch\n'
  stub.enqueue(reply.applyPatch(patch, { callId: 'p1' }))
  await codex.runTurn(thread, 'make a file')
  expect(codex.heard(method, thread)).toMatchObject([{ itemId: 'p1' }])
  expect(await readFile(join(workspace, 'made.txt'), 'utf8')).toBe('content\n')
  expect(stub.requests[1]?.toolOutput('p1')).toMatchObject({ type: 'custom_tool_call_output' })
})

it('calls dynamic tools, plain and in a namespace', async () => {
  const tool = { type: 'function', name: 'find', description: 'd', inputSchema: { type: 'object' } }
  const group = { type: 'namespace', name: 'crm', description: 'd', tools: [tool] }
  const thread = await codex.startThread({ dynamicTools: [{ ...tool, name: 'lookup' }, group] })
  const method = 'item/tool/call'
  codex.approvals[method] = { contentItems: [{ type: 'inputText', text: 'found' }], success: true }
  stub.enqueue(
    reply.functionCall('lookup', { q: 1 }, { callId: 'd1' }),
    reply.functionCall('find', {}, { callId: 'd2', namespace: 'crm' }),
  )
  await codex.runTurn(thread, 'look')
  expect(codex.heard(method, thread)).toMatchObject([
    { tool: 'lookup', namespace: null, arguments: { q: 1 } },
    { tool: 'find', namespace: 'crm', arguments: {} },
  ])
  expect(stub.requests[2]?.toolOutputs().map((output) => output.text)).toEqual(['found', 'found'])
})

it.each([
  [
    'HTTP 401',
    reply.httpError(401, { message: 'bad key' }),
    { httpConnectionFailed: { httpStatusCode: 401 } },
  ],
  ['HTTP 429', reply.httpError(429), { responseTooManyFailedAttempts: { httpStatusCode: 429 } }],
  ['usage limit', reply.httpError(429, { code: 'usage_limit_reached' }), 'usageLimitExceeded'],
  ['full context', reply.failed('context_length_exceeded'), 'contextWindowExceeded'],
  ['overload', reply.failed('server_is_overloaded'), 'serverOverloaded'],
  ['an incomplete response', reply.incomplete(), 'other'],
  ['a stream that ends early', reply.cut(reply.text('abc'), { how: 'end', afterDeltas: 1 }), 'other'],
  ['a stream that breaks', reply.cut(reply.text('abc'), { how: 'reset', afterDeltas: 1 }), 'other'],
  ['no answer', reply.cut(reply.text('abc')), 'other'],
  ['junk', reply.raw('data: {nope\n\n'), 'other'],
])('fails the turn on %s, without a second attempt', async (_cause, scripted, codexErrorInfo) => {
  stub.enqueue(scripted)
  const turn = await codex.runTurn(await codex.startThread(), 'fail')
  expect(turn).toMatchObject({ status: 'failed', error: { codexErrorInfo } })
  expect(stub.requests).toHaveLength(1)
})

it('is interrupted while a held reply waits, and sees Codex leave', async () => {
  const thread = await codex.startThread()
  const held = reply.hold(reply.text('too late'), { afterEvents: 3 })
  stub.enqueue(held)
  const { turn } = await codex.startTurn(thread, 'wait')
  const request = await held.reached
  await codex.request('turn/interrupt', { threadId: thread, turnId: turn.id })
  expect(await codex.turnEnd(turn.id)).toMatchObject({ status: 'interrupted' })
  expect(await request.ended).toBe('abandoned')
  await codex.runTurn(thread, 'go on')
  expect(stub.requests[1]?.userTexts()).toEqual(['wait', 'go on'])
})

it('answers two threads at once, each by its content', async () => {
  const [a, b] = [await codex.startThread(), await codex.startThread()]
  const first = reply.hold(reply.text('to A'))
  stub.when((request) => request.lastUserText === 'A').reply(first)
  stub.when((request) => request.threadId === b).reply(reply.text('to B'))
  const slow = codex.runTurn(a, 'A')
  await first.reached
  expect((await codex.runTurn(b, 'B')).items).toMatchObject([{ text: 'to B' }])
  first.release()
  expect((await slow).items).toMatchObject([{ text: 'to A' }])
})

it('names the kind of a compaction request', async () => {
  const thread = await codex.startThread()
  await codex.runTurn(thread, 'something')
  const asked = stub.waitForRequest((request) => request.kind === 'compaction')
  await codex.request('thread/compact/start', { threadId: thread })
  expect(await (await asked).ended).toBe('answered')
})

it('fails the turn when the stub is closed, since the stub home bounds connection retries', async () => {
  const closed = await startModelStub()
  await using own = await stubCodexHome(closed)
  await closed.close()
  const other = new RawCodex(own.env)
  try {
    await other.initialize()
    const turn = await other.runTurn(await other.startThread(), 'hello?')
    expect(turn).toMatchObject({ status: 'failed', error: { codexErrorInfo: { httpConnectionFailed: {} } } })
  } finally {
    await other.close()
  }
})
