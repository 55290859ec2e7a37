import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { type ExecClientOptions, MAX_REQUESTS_IN_FLIGHT } from '../../../src/exec-server/index.js'
import { classifyFailure } from '../../../src/failures/index.js'
import { RpcError } from '../../../src/rpc/index.js'
import { FakeServer } from './fake-server.js'
import { textOf } from './support.js'

const START = { argv: ['/bin/true'], cwd: '/tmp', processId: 'p' }

/** A fake server that starts whatever is asked. */
function starting(): FakeServer {
  const server = new FakeServer()
  server.answer('process/start', ({ processId }: { processId: string }) => ({
    processId,
    sandboxType: 'none',
  }))
  return server
}

/** What a read of a process answers. */
function kept(chunks: readonly (readonly [seq: number, text: string])[], more: object): object {
  return {
    chunks: chunks.map(([seq, text]) => ({
      seq,
      stream: 'stdout',
      chunk: Buffer.from(text).toString('base64'),
    })),
    ...{ exited: true, exitCode: 0, closed: true, failure: null, sandboxDenied: false },
    ...more,
  }
}

describe('the handshake', () => {
  it.each([
    ['nothing', {}],
    ['null', null],
    ['a session that is no text', { sessionId: 5 }],
  ])('refuses an answer with %s, and what comes after it', async (_, greeting) => {
    const server = new FakeServer(greeting)
    const error: unknown = await server.connect().catch((fault: unknown) => fault)
    expect(error).toMatchObject({ code: 'EXEC_HANDSHAKE_FAILED' })
    expect(classifyFailure(error)).toMatchObject({ kind: 'backend-protocol-error', phase: 'initialize' })
    expect((await server.peer.closed).kind).toBe('remote')
  })

  it('gives up a server that does not answer, and one that refuses', async () => {
    const silent = new FakeServer()
    silent.answer('initialize', () => new Promise(() => {}))
    await expect(silent.connect({ initializeTimeoutMs: 20 })).rejects.toMatchObject({
      code: 'REQUEST_TIMEOUT',
    })
    await silent.peer.closed
    const refusing = new FakeServer()
    refusing.answer('initialize', () => Promise.reject(new RpcError(-32600, 'not today')))
    await expect(refusing.connect()).rejects.toThrow('not today')
    await refusing.peer.closed
  })

  it('ends when its signal aborts', async () => {
    const silent = new FakeServer()
    const controller = new AbortController()
    silent.answer('initialize', () => {
      controller.abort('enough')
      return new Promise(() => {})
    })
    const error: unknown = await silent
      .connect({ signal: controller.signal })
      .catch((fault: unknown) => fault)
    expect(error).toMatchObject({ code: 'ABORTED', cause: 'enough' })
    await silent.peer.closed
  })

  it('takes the session that it asked for and no other', async () => {
    await expect(new FakeServer().connect({ resumeSessionId: 'another' })).rejects.toMatchObject({
      code: 'EXEC_HANDSHAKE_FAILED',
    })
  })

  it('refuses wrong options by name before anything is sent', async () => {
    const server = new FakeServer()
    const wrong: [string, object][] = [
      ['clientName', { clientName: '' }],
      ['initializeTimeoutMs', { initializeTimeoutMs: 0 }],
      ['requestTimeoutMs', { requestTimeoutMs: 'soon' }],
      ['resume.intervalMs', { resume: { intervalMs: -1 } }],
      ['resume', { resume: 5 }],
      ['onError', { onError: 'log' }],
      ['signal', { signal: {} }],
      ['timeout', { timeout: 5 }],
    ]
    for (const [option, options] of wrong) {
      await expect(server.connect(options as ExecClientOptions)).rejects.toMatchObject({ option })
    }
    expect(server.asked).toEqual([])
  })
})

describe('a process', () => {
  it('has what the server told before it answered the start, in order and once', async () => {
    const server = new FakeServer()
    server.answer('process/start', () => {
      server.output(2, 'two ')
      server.output(1, 'one ')
      server.output(1, 'again ')
      server.tell('exited', 3, { exitCode: 4, sandboxDenied: true })
      server.output(5, 'five')
      server.output(4, 'four ')
      server.output(2, 'again ')
      server.tell('closed', 6)
      return { processId: 'p' }
    })
    const process = await (await server.connect()).exec(START)
    expect(await textOf(process.stdout)).toBe('one two four five')
    expect(await process.wait()).toEqual({ exitCode: 4, sandboxDenied: true })
  })

  it('is not harmed by notifications that are malformed, unknown or late', async () => {
    const server = starting()
    const client = await server.connect()
    const process = await client.exec(START)
    const odd: unknown[] = [
      undefined,
      null,
      5,
      {},
      { processId: 'p' },
      { processId: 'p', seq: 'x' },
      { processId: 'q', seq: 1 },
    ]
    for (const method of [
      'process/output',
      'process/exited',
      'process/closed',
      'fs/missingChanged',
      'other',
    ]) {
      for (const params of odd)
        if (method !== 'process/closed' || params !== odd[4]) server.peer.notify(method, params)
    }
    server.peer.notify('process/output', { processId: 'p', seq: 1, stream: 'log', chunk: '' })
    server.peer.notify('process/exited', { processId: 'p', seq: 1, exitCode: 'zero' })
    server.output(1, 'fine')
    server.tell('exited', 2, { exitCode: 0 })
    server.tell('closed', 3)
    server.output(4, 'late')
    expect(await textOf(process.stdout)).toBe('fine')
    await client.environment.info({ timeoutMs: 1 }).catch(() => {})
    expect(client.closeReason).toBeUndefined()
  })

  it('asks for what is missing when the end has come, and is lost when that is gone', async () => {
    const server = starting()
    const client = await server.connect()
    server.answer('process/read', ({ afterSeq }: { afterSeq: number }) => {
      expect(afterSeq).toBe(1)
      return kept(
        [
          [2, 'b'],
          [3, 'c'],
        ],
        { nextSeq: 6 },
      )
    })
    const process = await client.exec(START)
    server.output(1, 'a')
    server.output(3, 'c')
    server.tell('closed', 5)
    expect(await textOf(process.stdout)).toBe('abc')
    expect((await process.wait()).exitCode).toBe(0)

    server.answer('process/read', () => kept([[3, 'c']], { nextSeq: 6 }))
    const lost = await client.exec(START)
    server.output(1, 'a')
    server.tell('closed', 5)
    // The exit is known; what it wrote before is not.
    expect((await lost.exit).exitCode).toBe(0)
    await expect(textOf(lost.stdout)).rejects.toMatchObject({ code: 'EXEC_PROCESS_LOST' })
    expect(classifyFailure(await lost.wait().catch((error: unknown) => error))).toMatchObject({
      kind: 'backend-response-invalid',
      retrySafety: 'side-effects-possible',
      details: { errorCode: 'EXEC_PROCESS_LOST' },
    })
  })

  it('does not take missing output for the exit that it was told of', async () => {
    const server = starting()
    const client = await server.connect()
    server.answer('process/read', () => kept([[4, 'd']], { nextSeq: 6 }))
    const process = await client.exec(START)
    server.output(1, 'a')
    server.tell('exited', 3, { exitCode: 0 })
    server.output(4, 'd')
    server.tell('closed', 5)
    // The second was dropped by the server: the exit is the third.
    await expect(textOf(process.stdout)).rejects.toMatchObject({ code: 'EXEC_PROCESS_LOST' })
  })

  it('is killed when its start is given up', async () => {
    const server = new FakeServer()
    const client = await server.connect()
    const controller = new AbortController()
    const given = client.exec({ ...START, signal: controller.signal }).catch((error: unknown) => error)
    await server.until('process/start')
    controller.abort()
    expect(await given).toMatchObject({ code: 'ABORTED' })
    expect(await server.until('process/terminate')).toEqual({ processId: 'p' })
    const late = client.exec({ ...START, processId: 'q', timeoutMs: 5 })
    await expect(late).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' })
    expect(client.processes).toBe(0)
  })

  it('refuses wrong options by name, and an id in use, before anything is sent', async () => {
    const server = starting()
    const client = await server.connect()
    const wrong: [string, object][] = [
      ['argv', { argv: [] }],
      ['argv', { argv: 'ls' }],
      ['argv[1]', { argv: ['ls', 5] }],
      ['argv[0]', { argv: ['l\0s'] }],
      ['cwd', { cwd: 'relative' }],
      ['cwd', { cwd: '/\ud800' }],
      ['env.A', { env: { A: 1 } }],
      ['tty', { tty: 'yes' }],
      ['pipeStdin', { pipeStdin: 1 }],
      ['envPolicy.inherit', { envPolicy: { inherit: 'some' } }],
      // Mistyped, it would hand on what was to stay behind.
      ['excludes', { envPolicy: { excludes: ['*_KEY'] } }],
      ['maxBufferedBytes', { maxBufferedBytes: 0 }],
      ['whenTruncated', { whenTruncated: 'wait' }],
      ['stdin', { stdin: 'pipe' }],
    ]
    for (const [option, options] of wrong) {
      await expect(client.exec({ ...START, ...options })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        option,
      })
    }
    expect(server.asked).toHaveLength(1)
    await client.exec(START)
    await expect(client.exec(START)).rejects.toMatchObject({ option: 'processId' })
    await expect(client.files.remove('/tmp/x', {} as never)).rejects.toMatchObject({ option: 'recursive' })
    // Mistyped, it would have been done outside of the sandbox.
    const mistyped = { sandBox: { permissions: {} } } as never
    const { files } = client
    for (const call of [
      () => files.readFile('/tmp/x', mistyped),
      () => files.writeFile('/tmp/x', '', mistyped),
      () => files.createDirectory('/tmp/x', mistyped),
      () => files.walk('/tmp/x', mistyped),
      () => files.copy('/tmp/x', '/tmp/y', mistyped),
      () => files.remove('/tmp/x', { recursive: false, force: false, ...(mistyped as object) }),
      () => files.watchMissing(['/tmp/x'], undefined, mistyped),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'INVALID_INPUT', option: 'sandBox' })
    }
    const unheeded = files.watchMissing(['/tmp/x'], undefined, { sandbox: { permissions: {} } } as never)
    await expect(unheeded).rejects.toMatchObject({ option: 'sandbox' })
    await expect(client.files.remove('/tmp/x', { recursive: true } as never)).rejects.toMatchObject({
      option: 'force',
    })
    expect(server.asked).toHaveLength(2)
  })

  it('tells a reader that was too slow where output is missing', async () => {
    const server = starting()
    const client = await server.connect()
    const run = async (options: object) => {
      const process = await client.exec({ ...START, ...options, maxBufferedBytes: 20_000 })
      for (let seq = 1; seq <= 100; seq += 1) server.output(seq, 'x'.repeat(1000))
      server.tell('exited', 101, { exitCode: 0 })
      server.tell('closed', 102)
      await process.wait()
      return process
    }
    const strict = await run({})
    const { droppedBytes } = strict.stdout
    expect(droppedBytes).toBeGreaterThan(80_000)
    await expect(textOf(strict.stdout)).rejects.toMatchObject({ code: 'EXEC_OUTPUT_TRUNCATED', droppedBytes })

    const tolerant = await run({ whenTruncated: 'skip' })
    expect((await textOf(tolerant.stdout)).length + tolerant.stdout.droppedBytes).toBe(100_000)
    const collected = await (await run({})).communicate()
    expect(collected.stdout.bytes.length + collected.stdout.droppedBytes).toBe(100_000)
    expect(collected.stdout.droppedBytes).toBeGreaterThan(80_000)
  })

  it('can be waited for up to a deadline or a signal, and runs on', async () => {
    const server = starting()
    const process = await (await server.connect()).exec(START)
    await expect(process.wait({ timeoutMs: 5 })).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' })
    await expect(process.wait({ signal: AbortSignal.abort('why') })).rejects.toMatchObject({ cause: 'why' })
    server.tell('exited', 1, { exitCode: 0 })
    server.tell('closed', 2)
    expect((await process.wait()).exitCode).toBe(0)
  })

  it('has one reader for each stream', async () => {
    const server = starting()
    const process = await (await server.connect()).exec(START)
    process.stdout[Symbol.asyncIterator]()
    expect(() => process.stdout[Symbol.asyncIterator]()).toThrow(/once/)
    await expect(process.communicate()).rejects.toMatchObject({ code: 'ALREADY_ITERATED' })
  })
})

describe('a connection', () => {
  it(`has at most ${MAX_REQUESTS_IN_FLIGHT} requests in flight, and serves the others in order`, async () => {
    const server = new FakeServer()
    const answers: (() => void)[] = []
    const asked: number[] = []
    let wake = () => {}
    server.answer('fs/readFile', ({ path }: { path: string }) => {
      asked.push(Number(path.split('/').at(-1)))
      wake()
      return new Promise((resolve) => answers.push(() => resolve({ dataBase64: '' })))
    })
    const client = await server.connect()
    const controller = new AbortController()
    const count = 2 * MAX_REQUESTS_IN_FLIGHT
    const reads = Array.from({ length: count }, (_, index) => client.files.readFile(`/${index}`))
    const { signal } = controller
    const given = ['/9998', '/9999'].map((path) =>
      client.files.readFile(path, { signal }).catch((error: unknown) => error),
    )
    const until = async (length: number) => {
      while (asked.length < length) await new Promise<void>((resolve) => (wake = resolve))
    }
    await until(MAX_REQUESTS_IN_FLIGHT)
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    controller.abort()
    for (const error of await Promise.all(given)) expect(error).toMatchObject({ code: 'ABORTED' })
    expect(asked).toHaveLength(MAX_REQUESTS_IN_FLIGHT)
    for (let answered = 0; answered < count; answered += 1) {
      await until(answered + 1)
      answers[answered]?.()
      await reads[answered]
      expect(asked.length - answered - 1).toBeLessThanOrEqual(MAX_REQUESTS_IN_FLIGHT)
    }
    expect(asked).toEqual(Array.from({ length: count }, (_, index) => index))
  })

  it('kills and interrupts at once, also when all others wait for processes that do not read', async () => {
    const server = starting()
    const waiting: (() => void)[] = []
    server.answer(
      'process/write',
      () => new Promise((resolve) => waiting.push(() => resolve({ status: 'accepted' }))),
    )
    server.answer('process/signal', () => ({}))
    server.answer('process/terminate', () => {
      for (const answer of waiting) answer()
      return { running: true }
    })
    const client = await server.connect()
    const processes = await Promise.all(
      Array.from({ length: MAX_REQUESTS_IN_FLIGHT }, (_, index) =>
        client.exec({ ...START, processId: `p${index}`, pipeStdin: true }),
      ),
    )
    const writes = processes.map((process) => process.write('x'))
    await processes[0]?.signal('interrupt')
    expect(await processes[0]?.terminate()).toBe(true)
    await Promise.all(writes)
  })

  it('rejects a result that is none, and goes on', async () => {
    const server = new FakeServer()
    server.answer('fs/getMetadata', () => ({ isFile: 'yes' }))
    const client = await server.connect()
    await expect(client.files.getMetadata('/x')).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      method: 'fs/getMetadata',
    })
    expect(client.closeReason).toBeUndefined()
    await expect(client.request('nonsense' as never, {} as never)).rejects.toMatchObject({ option: 'method' })
  })

  it('lets the hook decide about network access, denies what it does not, and answers nothing else', async () => {
    const params = { processId: 'p', request: { protocol: 'https', host: 'example.com', port: 443 } }
    const ask = (server: FakeServer) => server.peer.request('network/policyRequest', params)
    const allowing = new FakeServer()
    await allowing.connect({
      onNetworkPolicyRequest: ({ host, port }) => ({ type: 'allow', reason: `${host}:${port}` }),
    })
    expect(await ask(allowing)).toEqual({ decision: { type: 'allow', reason: 'example.com:443' } })
    await expect(allowing.peer.request('network/policyRequest', {})).rejects.toMatchObject({
      rpcCode: -32602,
    })
    await expect(allowing.peer.request('other/request', {})).rejects.toMatchObject({ rpcCode: -32601 })
    const errors: Error[] = []
    const hooks = [
      undefined,
      () => {
        throw new Error('broken')
      },
      () => ({ type: 'perhaps' }) as never,
    ]
    for (const onNetworkPolicyRequest of hooks) {
      const server = new FakeServer()
      await server.connect({ onNetworkPolicyRequest, onError: (error) => void errors.push(error) })
      expect(await ask(server)).toMatchObject({ decision: { type: 'deny' } })
    }
    expect(errors).toHaveLength(2)
  })

  it('fails the body of a response that it cannot finish', async () => {
    const server = new FakeServer()
    let requestId = ''
    const delta = (seq: number, text: string, done = false, error: string | null = null) =>
      server.peer.notify('http/request/bodyDelta', {
        requestId,
        seq,
        deltaBase64: Buffer.from(text).toString('base64'),
        done,
        error,
      })
    server.answer('http/request', (params: { requestId: string }) => {
      requestId = params.requestId
      delta(2, 'b')
      delta(1, 'a')
      return { status: 200, headers: [], bodyBase64: '' }
    })
    const client = await server.connect()
    const whole = await client.http.stream({ url: 'http://127.0.0.1/' })
    delta(3, 'c', true)
    expect(await textOf(whole.body)).toBe('abc')
    const broken = await client.http.stream({ url: 'http://127.0.0.1/' })
    delta(3, '', true, 'the body broke off')
    await expect(textOf(broken.body)).rejects.toMatchObject({ code: 'EXEC_HTTP_BODY' })
    const cut = await client.http.stream({ url: 'http://127.0.0.1/' })
    await server.peer.close()
    await expect(textOf(cut.body)).rejects.toMatchObject({ code: 'EXEC_HTTP_BODY' })
    for (const [option, request] of [
      ['url', { url: 'x' }],
      ['headers[0]', { url: 'http://x', headers: [{}] }],
    ] as const) {
      await expect(client.http.request(request as never)).rejects.toMatchObject({ option })
    }
  })
})

it('options of a call that are not known are refused by name, and nothing is sent', async () => {
  const server = starting()
  const client = await server.connect()
  const process = await client.exec(START)
  const params = { cwd: '/tmp' }
  for (const [options, option] of [
    [{ timeout: 5 }, 'timeout'],
    [{ isUrgent: true }, 'isUrgent'],
    [null, 'options'],
  ] as const) {
    const given = options as never
    for (const call of [
      client.request('environment/status', {}, given),
      client.environment.info(given),
      client.environment.status(given),
      client.environment.readConfig(params as never, given),
      client.environment.discover(params as never, given),
      process.write('text', given),
      process.wait(given),
      process.communicate('text', given),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
    }
  }
  await expect(process.communicate('text', { timeoutMs: 0 })).rejects.toMatchObject({ option: 'timeoutMs' })
  server.answer('environment/status', () => ({ status: 'ready' }))
  await client.environment.status()
  expect(server.asked.map(({ method }) => method)).toEqual([
    'initialize',
    'process/start',
    'environment/status',
  ])
})
