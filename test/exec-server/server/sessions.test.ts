import { describe, expect, it } from 'vitest'
import type { WireMessage } from '../../../src/rpc/index.js'
import { isRunning } from '../../process/helpers.js'
import { failOnUnhandled, ManualTransport } from '../../rpc/helpers.js'
import { base64, connectedClient, eventually, startParams, TestClient, testServer } from '../support.js'

/** Whether a process has gone; waits for that. */
const gone = (pid: number) => eventually(() => isRunning(pid)).toBe(false)

/** Starts a shell that tells its number and then runs a script; its number. */
async function startTelling(
  client: TestClient,
  processId: string,
  script: string,
  more: object = {},
): Promise<number> {
  await client.sh(processId, `echo $$; ${script}`, more)
  const { params } = await client.until(({ method }) => method === 'process/output')
  return Number.parseInt(Buffer.from(params.chunk, 'base64').toString(), 10)
}

describe('a session', () => {
  it('is resumed by another connection: its processes ran on and their output was kept', async () => {
    const server = testServer()
    const first = await new TestClient(server).shakeHands()
    await first.call('process/start', startParams('cat', ['cat'], { pipeStdin: true }))
    await first.call('process/write', { processId: 'cat', chunk: base64('one\n'), writeId: '1' })
    await first.until(({ method }) => method === 'process/output')
    await first.peer.close()
    await eventually(() => server.connections).toBe(0)
    const second = new TestClient(server)
    await second.shakeHands({ clientName: 'test', resumeSessionId: first.sessionId })
    expect(second.sessionId).toBe(first.sessionId)
    // Sent again because its answer may have been lost: it is not done again.
    await second.call('process/write', { processId: 'cat', chunk: base64('one\n'), writeId: '1' })
    await second.call('process/write', { processId: 'cat', chunk: base64('two\n'), writeId: '2' })
    const { params } = await second.until(({ method }) => method === 'process/output')
    expect(params).toMatchObject({ seq: 2, chunk: base64('two\n') })
    const { chunks } = await second.call('process/read', { processId: 'cat' })
    expect(chunks.map(({ chunk }: { chunk: string }) => chunk)).toEqual([base64('one\n'), base64('two\n')])
  })

  it('is not given to a second connection while the first is there', async () => {
    const server = testServer()
    const first = await new TestClient(server).shakeHands()
    const second = new TestClient(server)
    const resume = second.shakeHands({ clientName: 'test', resumeSessionId: first.sessionId })
    await expect(resume).rejects.toMatchObject({
      rpcCode: -32010,
      message: `session ${first.sessionId} is already attached to another connection`,
    })
    // The connection is as before its initialize.
    await second.shakeHands()
    expect(second.sessionId).not.toBe(first.sessionId)
  })

  it('does not see the processes of another one', async () => {
    const server = testServer()
    const [one, other] = [
      await new TestClient(server).shakeHands(),
      await new TestClient(server).shakeHands(),
    ]
    await one.sh('p', 'sleep 100')
    await expect(other.call('process/read', { processId: 'p' })).rejects.toMatchObject({ rpcCode: -32600 })
    expect(await other.call('process/terminate', { processId: 'p' })).toEqual({ running: false })
    await other.sh('p', 'true')
    await other.output('p')
    expect(one.notified).toEqual([])
  })

  it('ends when nobody has resumed it in time, and its processes with it', async () => {
    const server = testServer({ detachedSessionMs: 50 })
    const client = await new TestClient(server).shakeHands()
    const pid = await startTelling(client, 'p', 'sleep 100; :')
    await client.peer.close()
    await gone(pid)
    await eventually(() => server.sessions).toBe(0)
    const late = new TestClient(server)
    const resume = late.shakeHands({ clientName: 'test', resumeSessionId: client.sessionId })
    await expect(resume).rejects.toThrow(`unknown session id ${client.sessionId}`)
  })

  it('ends at once with the connection of a client that cannot resume', async () => {
    const server = testServer()
    const client = await new TestClient(server).shakeHands({ clientName: 'v0' })
    const pid = await startTelling(client, 'p', 'sleep 100; :')
    await client.peer.close()
    await gone(pid)
    expect(server.sessions).toBe(0)
  })

  it('that waits longest ends when too many wait', async () => {
    const server = testServer({ maxDetachedSessions: 1 })
    const [first, second] = [
      await new TestClient(server).shakeHands(),
      await new TestClient(server).shakeHands(),
    ]
    const pid = await startTelling(first, 'p', 'sleep 100; :')
    await first.peer.close()
    await eventually(() => server.connections).toBe(1)
    await second.peer.close()
    await gone(pid)
    await new TestClient(server).shakeHands({ clientName: 'test', resumeSessionId: second.sessionId })
  })
})

describe('close()', () => {
  it('leaves no process: neither attached, nor detached, nor left behind by a leader that has exited', async () => {
    const server = testServer()
    const client = await new TestClient(server).shakeHands()
    const pids = [
      await startTelling(client, 'tree', 'sleep 100 & wait'),
      await startTelling(
        await new TestClient(server).shakeHands(),
        'stubborn',
        'trap "" TERM INT HUP; sleep 100; :',
      ),
    ]
    const orphan = await new TestClient(server).shakeHands()
    await orphan.sh('orphan', 'sleep 100 >/dev/null 2>&1 </dev/null & echo $!')
    pids.push(Number.parseInt(await orphan.output('orphan'), 10))
    const detached = await new TestClient(server).shakeHands()
    pids.push(await startTelling(detached, 'detached', 'sleep 100; :'))
    await detached.peer.close()
    const terminal = await new TestClient(server).shakeHands()
    pids.push(await startTelling(terminal, 'terminal', 'sleep 100; :', { tty: true }))
    for (const pid of pids) expect(isRunning(pid)).toBe(true)
    await server.close()
    for (const pid of pids) await gone(pid)
    await client.peer.closed
    expect(() => server.accept(client.peer as never)).toThrow('not closed')
  })

  it('can be called again, and while a start is under way', async () => {
    const server = testServer()
    const client = await new TestClient(server).shakeHands()
    const start = client.sh('p', 'sleep 100').catch((error: Error) => error)
    await Promise.all([server.close(), server.close()])
    await start
    expect(server.sessions).toBe(0)
  })
})

describe('a transport', () => {
  it('that cannot be opened is a connection that has ended', async () => {
    class Broken extends ManualTransport {
      override start(): Promise<void> {
        return Promise.reject(new Error('no way'))
      }
    }
    const server = testServer()
    const connection = server.accept(new Broken())
    expect(await connection.closed).toMatchObject({ kind: 'error' })
    await eventually(() => server.connections).toBe(0)
  })

  it('whose promises reject when it breaks does no harm', async () => {
    failOnUnhandled()
    class Breaking extends ManualTransport {
      override send(message: WireMessage): Promise<void> {
        super.send(message)
        return Promise.reject(new Error('broken'))
      }
    }
    const transport = new Breaking()
    const server = testServer()
    const { closed } = server.accept(transport)
    transport.deliver(
      { id: 1, method: 'initialize', params: { clientName: 'x', resumeSessionId: null } },
      { method: 'initialized' },
      { id: 2, method: 'process/start', params: startParams('p', ['/bin/sh', '-c', 'seq 1 1000']) },
    )
    const isClosed = () =>
      transport.sent.some((one) => (one as { method?: string }).method === 'process/closed')
    await eventually(isClosed).toBe(true)
    transport.end()
    await closed
  })
})

describe('a client of March 2026', () => {
  it('gets the union answer, may send native paths and writes without ids', async () => {
    const client = new TestClient(testServer())
    await client.peer.start()
    expect(await client.call('initialize', { clientName: 'v0' })).toMatchObject({
      protocolVersion: 'exec-server.v0',
      sessionId: expect.any(String),
    })
    client.peer.notify('initialized')
    expect(
      await client.call('process/start', startParams('cat', ['cat'], { cwd: '/tmp', tty: true })),
    ).toMatchObject({
      processId: 'cat',
    })
    const write = (processId: string) => client.call('process/write', { processId, chunk: base64('x\n') })
    expect(await write('cat')).toEqual({ accepted: true, status: 'accepted' })
    expect(await write('cat')).toEqual({ accepted: true, status: 'accepted' })
    await expect(write('nobody')).rejects.toMatchObject({
      rpcCode: -32600,
      message: 'unknown process id nobody',
    })
    await client.sh('closed', 'sleep 100')
    await expect(write('closed')).rejects.toMatchObject({ rpcCode: -32600 })
    await client.until(() => {
      const echoed = client.notified.filter(({ method }) => method === 'process/output')
      return Buffer.concat(echoed.map(({ params }) => Buffer.from(params.chunk, 'base64'))).length >= 12
    })
  })

  it('is told apart from one that knows how to resume, which must send URIs and ids', async () => {
    const client = await connectedClient()
    const start = client.call('process/start', startParams('p', ['true'], { cwd: '/tmp' }))
    await expect(start).rejects.toMatchObject({ rpcCode: -32602 })
    const write = client.call('process/write', { processId: 'p', chunk: '' })
    await expect(write).rejects.toThrow('missing field `writeId`')
  })
})
