import { describe, expect, it } from 'vitest'
import type { ExecServerOptions } from '../../../src/exec-server/index.js'
import type { WireMessage } from '../../../src/rpc/index.js'
import { type Deferred, deferred } from '../../../src/util/deferred.js'
import { ManualTransport, macrotask } from '../../rpc/helpers.js'
import { base64, connectedClient, eventually, startParams, TestClient, testServer } from '../support.js'

/** A client that reads when it is told to. */
class SlowTransport extends ManualTransport {
  #unread: Deferred<void> | undefined

  /** Reads nothing from now on. */
  stop(): void {
    this.#unread ??= deferred()
  }

  /** Reads everything. */
  drain(): void {
    this.#unread?.resolve()
    this.#unread = undefined
  }

  /** Reads nothing from the first message on that this accepts. */
  stopsAt: ((message: WireMessage) => boolean) | undefined

  override send(message: WireMessage): void | Promise<void> {
    super.send(message)
    if (this.stopsAt?.(message)) this.stop()
    return this.#unread?.promise
  }

  override async close(): Promise<void> {
    await super.close()
    this.end({ kind: 'local', message: 'closed by this side' })
  }

  /** What was answered to a request. */
  answerTo(id: number | string): object | undefined {
    return this.sent.find((message) => (message as { id?: unknown }).id === id)
  }
}

async function slowClient(options: ExecServerOptions = {}) {
  const transport = new SlowTransport()
  const connection = testServer(options).accept(transport)
  transport.deliver(
    { id: 'hello', method: 'initialize', params: { clientName: 'slow', resumeSessionId: null } },
    { method: 'initialized' },
  )
  await eventually(() => transport.answerTo('hello')).toBeDefined()
  return { transport, connection }
}

const status = (id: number | string) => ({ id, method: 'environment/status' })

describe.each([
  ['a pipe', { pipeStdin: true }],
  ['a terminal', { tty: true }],
])('input through %s that the program does not read', (_, more) => {
  const KILOBYTES = 1_000
  const write = (client: TestClient, writeId: string, kilobytes: number) => {
    const chunk = Buffer.alloc(kilobytes * KILOBYTES, 'x').toString('base64')
    return client.call('process/write', { processId: 'p', chunk, writeId })
  }
  /** Reads nothing until it is interrupted; then this many bytes, and tells how many there were. */
  const script = (bytes: number) =>
    `stty raw -echo 2>/dev/null; trap "go=1" INT; echo ready; until [ "$go" ]; do sleep 0.05; done; head -c ${bytes} | wc -c`
  const started = async (client: TestClient, bytes: number) => {
    await client.call('process/start', startParams('p', ['/bin/sh', '-c', script(bytes)], more))
    await client.until(({ method }) => method === 'process/output')
  }

  it('is refused when too much of it waits, can be sent again, and nothing that was taken is lost', async () => {
    const client = await connectedClient({ maxQueuedInputBytes: 300 * KILOBYTES })
    await started(client, 500 * KILOBYTES)
    const first = write(client, '1', 200)
    const second = write(client, '2', 100)
    await expect(write(client, '3', 100)).rejects.toMatchObject({
      rpcCode: -32600,
      message: 'too much input waits for processes to read it: the limit is 300000 bytes',
    })
    // What comes again waits with what it repeats, and takes no more room.
    let isAnswered = false
    const again = write(client, '2', 100).finally(() => {
      isAnswered = true
    })
    // Nothing else is held up.
    await client.sh('other', 'echo fine')
    expect(await client.output('other')).toBe('fine\n')
    expect(isAnswered).toBe(false)
    await client.call('process/signal', { processId: 'p', signal: 'interrupt' })
    const accepted = { status: 'accepted' }
    expect(await Promise.all([first, second, again])).toEqual([accepted, accepted, accepted])
    expect(await write(client, '3', 100)).toEqual({ status: 'accepted' })
    expect(await write(client, '4', 100)).toEqual({ status: 'accepted' })
    expect(await client.output('p')).toContain('500000')
  })

  it('counts for the session: another connection of it may not bring as much again', async () => {
    const server = testServer({ maxQueuedInputBytes: 300 * KILOBYTES })
    const client = await new TestClient(server).shakeHands()
    await started(client, 300 * KILOBYTES)
    const first = write(client, '1', 300).catch(() => {})
    await client.call('environment/status')
    await client.peer.close()
    await first
    await eventually(() => server.connections).toBe(0)
    const next = new TestClient(server)
    await next.shakeHands({ clientName: 'test', resumeSessionId: client.sessionId })
    await expect(write(next, '2', 1)).rejects.toThrow('too much input waits')
    await next.call('process/signal', { processId: 'p', signal: 'interrupt' })
    expect(await next.output('p')).toContain('300000')
  })

  it('does not count any more when the program has gone', async () => {
    const client = await connectedClient({ maxQueuedInputBytes: 300 * KILOBYTES })
    await started(client, 1)
    const first = write(client, '1', 300)
    await expect(write(client, '2', 1)).rejects.toThrow('too much input waits')
    await client.call('process/terminate', { processId: 'p' })
    expect(await first).toEqual({ status: 'accepted' })
    await client.output('p')
    expect(await write(client, '3', 300)).toEqual({ status: 'accepted' })
  })
})

describe('requests that wait', () => {
  it('are refused when they are too long together, and those that were taken are done', async () => {
    const { transport } = await slowClient({ maxPendingRequestBytes: 5_000 })
    transport.stop()
    transport.deliver(status('blocks'))
    await macrotask()
    const long = (id: number) => ({ ...status(id), params: { padding: 'x'.repeat(2_000) } })
    transport.deliver(long(1), long(2), long(3), status(4))
    await macrotask()
    const refusal = 'too many requests wait: the limit is 5000 bytes'
    expect(transport.answerTo(3)).toEqual({ id: 3, error: { code: -32600, message: refusal } })
    expect([1, 2, 4].map((id) => transport.answerTo(id))).toEqual([undefined, undefined, undefined])
    transport.drain()
    await eventually(() => transport.answerTo(4)).toEqual({ id: 4, result: { status: 'ready' } })
    // Refused for what they say, but not for their length.
    expect([1, 2].map((id) => transport.answerTo(id))).toMatchObject([
      { error: { code: -32602 } },
      { error: { code: -32602 } },
    ])
  })

  it('may be longer than the limit one by one', async () => {
    const client = await connectedClient({ maxPendingRequestBytes: 10 })
    await client.call('process/start', startParams('cat', ['cat'], { pipeStdin: true }))
    await client.call('process/write', { processId: 'cat', chunk: base64('x'.repeat(1_000)), writeId: '1' })
    await client.until(({ method }) => method === 'process/output')
  })

  it('with ids that nobody would want back are refused', async () => {
    const { transport } = await slowClient()
    transport.deliver(status('x'.repeat(1_024)), status('y'.repeat(1_025)))
    await eventually(() => transport.answerTo('x'.repeat(1_024))).toMatchObject({ result: {} })
    expect(transport.answerTo(-1)).toMatchObject({ error: { code: -32600 } })
  })

  it('end the connection when nobody reads what they are refused with', async () => {
    const errors: Error[] = []
    const { transport, connection } = await slowClient({
      maxPendingRequests: 10,
      maxProcessesPerConnection: 1,
      onError: (error) => errors.push(error),
    })
    transport.stop()
    for (let id = 0; id < 3_000 && transport.closeCalls === 0; id += 1) {
      transport.deliver(status(id))
      await macrotask()
    }
    expect((await connection.closed).kind).toBe('local')
    expect(transport.sent.length).toBeLessThan(1_100)
    expect(errors.map(({ message }) => message)).toEqual([
      'the client sends more and more and does not read the answers',
    ])
  })

  it('do so when they are no messages at all, too', async () => {
    const { transport, connection } = await slowClient({ maxPendingRequests: 10 })
    transport.stop()
    transport.deliver(...Array.from({ length: 10_000 }, () => ({ nonsense: true })))
    await connection.closed
    expect(transport.sent.length).toBeLessThan(2_200)
  })

  it('and are notifications, which cannot be refused, end the connection', async () => {
    const { transport, connection } = await slowClient({ maxPendingRequests: 10 })
    transport.stop()
    transport.deliver(status(1), status(2))
    for (let count = 0; count < 20; count += 1) transport.deliver({ method: 'initialized' })
    await connection.closed
    expect(transport.closeCalls).toBeGreaterThan(0)
  })
})

it('hundreds of reads that wait for the same output are answered no faster than the client reads', async () => {
  const { transport } = await slowClient()
  const start = startParams('p', ['/bin/sh', '-c', 'read x; head -c 65536 /dev/zero; sleep 100'], {
    pipeStdin: true,
  })
  transport.deliver({ id: 'start', method: 'process/start', params: start })
  await eventually(() => transport.answerTo('start')).toBeDefined()
  const count = 500
  for (let id = 0; id < count; id += 1) {
    const params = { processId: 'p', waitMs: 600_000 }
    transport.deliver({ id, method: 'process/read', params })
  }
  transport.stopsAt = (message) => 'method' in message
  transport.deliver({
    id: 'write',
    method: 'process/write',
    params: { processId: 'p', chunk: base64('\n'), writeId: '1' },
  })
  const answers = () =>
    transport.sent.filter((message) => typeof (message as { id?: unknown }).id === 'number').length
  const isTold = () => transport.sent.some((message) => 'method' in message)
  await eventually(isTold).toBe(true)
  for (let turn = 0; turn < 10; turn += 1) await macrotask()
  expect(answers()).toBe(0)
  transport.stopsAt = undefined
  transport.drain()
  await eventually(answers).toBe(count)
  const first = transport.answerTo(0) as { result: { chunks: unknown[] } }
  expect(first.result.chunks.length).toBeGreaterThan(0)
})
