import { describe, expect, it, onTestFinished } from 'vitest'
import { ExecServer } from '../../../../src/exec-server/index.js'
import type { WireMessage } from '../../../../src/rpc/index.js'
import { deferred } from '../../../../src/util/deferred.js'
import { isRunning } from '../../../process/helpers.js'
import { ManualTransport } from '../../../rpc/helpers.js'
import { base64, connectedClient, eventually, startParams, temporaryFolder } from '../../support.js'

describe('a long read', () => {
  it('is answered by what happens next, and holds up nothing', async () => {
    const client = await connectedClient()
    await client.call('process/start', startParams('cat', ['cat'], { pipeStdin: true }))
    const read = client.call('process/read', { processId: 'cat', waitMs: 60_000 })
    const later = client.call('process/read', { processId: 'cat', afterSeq: 1, waitMs: 60_000 })
    await client.call('process/write', { processId: 'cat', chunk: base64('x'), writeId: '1' })
    expect(await read).toMatchObject({ chunks: [{ seq: 1, chunk: base64('x') }], nextSeq: 2, exited: false })
    await client.call('process/terminate', { processId: 'cat' })
    expect(await later).toMatchObject({ chunks: [], exited: true, exitCode: 137 })
  })

  it('is given up with the connection', async () => {
    const client = await connectedClient()
    await client.sh('p', 'sleep 100')
    const read = client.call('process/read', { processId: 'p', waitMs: 2 ** 40 })
    await client.call('environment/status')
    await client.peer.close()
    await expect(read).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })
})

describe('limits', () => {
  it('keep the newest output of a process', async () => {
    const client = await connectedClient({ retainedOutputBytes: 100_000 })
    await client.sh('p', 'head -c 1000000 /dev/zero; printf end')
    expect(await client.output('p')).toHaveLength(1_000_003)
    const { chunks, nextSeq } = await client.call('process/read', { processId: 'p' })
    const kept = Buffer.concat(chunks.map(({ chunk }: { chunk: string }) => Buffer.from(chunk, 'base64')))
    expect(kept.length).toBeLessThanOrEqual(100_000)
    expect(kept.subarray(-3).toString()).toBe('end')
    // The exit and the end have numbers too.
    expect(chunks.at(-1).seq).toBe(nextSeq - 3)
  })

  it('keep the processes of a connection few, those that have closed not counted', async () => {
    const client = await connectedClient({ maxProcessesPerConnection: 1 })
    await client.sh('one', 'sleep 100')
    await expect(client.sh('two', 'true')).rejects.toThrow('too many processes: the limit is 1')
    await client.call('process/terminate', { processId: 'one' })
    await client.output('one')
    await client.sh('two', 'true')
  })

  it('forget a closed process after a while, and free its id', async () => {
    const client = await connectedClient({ closedRetentionMs: 0 })
    await client.sh('p', 'true')
    await client.output('p')
    const read = () => client.call('process/read', { processId: 'p' }).catch((error: Error) => error.message)
    await eventually(read).toBe('unknown process id p')
    await client.sh('p', 'true')
  })

  it('refuse requests when too many wait', async () => {
    const client = await connectedClient({ maxPendingRequests: 3 })
    await client.sh('p', 'sleep 100')
    const reads = Array.from({ length: 3 }, () =>
      client.call('process/read', { processId: 'p', waitMs: 60_000 }),
    )
    await expect(client.call('environment/status')).rejects.toThrow('too many requests wait: the limit is 3')
    client.notified.length = 0
    await client.peer.close()
    expect((await Promise.allSettled(reads)).every(({ status }) => status === 'rejected')).toBe(true)
  })
})

it('a client that does not read blocks the process, and loses nothing', async () => {
  let drained = deferred<void>()
  let isBlocked = false
  class SlowTransport extends ManualTransport {
    override send(message: WireMessage): void | Promise<void> {
      super.send(message)
      // From the answer to the start on.
      if ((message as { id?: number }).id === 2) isBlocked = true
      return isBlocked ? drained.promise : undefined
    }
  }
  const transport = new SlowTransport()
  const server = new ExecServer()
  onTestFinished(() => server.close())
  server.accept(transport)
  const total = 20_000_000
  const start = startParams('p', ['/bin/sh', '-c', `head -c ${total} /dev/zero; printf end`])
  transport.deliver(
    { id: 1, method: 'initialize', params: { clientName: 'slow', resumeSessionId: null } },
    { method: 'initialized' },
    { id: 2, method: 'process/start', params: start },
  )
  type Sent = { readonly method?: string; readonly params?: { readonly chunk?: string } }
  const chunks = () =>
    (transport.sent as Sent[]).flatMap(({ method, params }) =>
      method === 'process/output' ? [params?.chunk ?? ''] : [],
    )
  const received = () => chunks().reduce((sum, chunk) => sum + Buffer.byteLength(chunk, 'base64'), 0)
  await eventually(received).toBeGreaterThan(0)
  // Each time the client reads, one more portion comes; meanwhile the process stands still.
  for (let turn = 0; turn < 5; turn += 1) {
    const before = received()
    const previous = drained
    drained = deferred()
    previous.resolve()
    await eventually(received).toBeGreaterThan(before)
    expect(received()).toBeLessThan(2_000_000)
  }
  isBlocked = false
  drained.resolve()
  const isClosed = () => (transport.sent as Sent[]).some(({ method }) => method === 'process/closed')
  await eventually(isClosed).toBe(true)
  expect(received()).toBe(total + 3)
  transport.end()
})

describe('a process', () => {
  it('is ended together with what it started', async () => {
    const client = await connectedClient()
    await client.sh('p', 'sleep 100 & echo $!; wait')
    const { params } = await client.until(({ method }) => method === 'process/output')
    const grandchild = Number.parseInt(Buffer.from(params.chunk, 'base64').toString(), 10)
    expect(await client.call('process/terminate', { processId: 'p' })).toEqual({ running: true })
    await client.output('p')
    await eventually(() => isRunning(grandchild)).toBe(false)
  })

  it('that does not read its input delays the answers to writes, and nothing else', async () => {
    const client = await connectedClient()
    await client.call('process/start', startParams('p', ['sleep', '100'], { pipeStdin: true }))
    const chunk = Buffer.alloc(1_000_000).toString('base64')
    let isAnswered = false
    const write = client.call('process/write', { processId: 'p', chunk, writeId: '1' }).then((answer) => {
      isAnswered = true
      return answer
    })
    expect(await client.call('environment/status')).toEqual({ status: 'ready' })
    expect(isAnswered).toBe(false)
    await client.call('process/terminate', { processId: 'p' })
    expect(await write).toEqual({ status: 'accepted' })
  })

  it('whose output somebody outside of its group holds does not keep the server from closing', async () => {
    const server = new ExecServer()
    const client = await connectedClient()
    await client.sh('p', 'setsid sleep 5 & echo $!')
    const { params } = await client.until(({ method }) => method === 'process/output')
    const escaped = Number.parseInt(Buffer.from(params.chunk, 'base64').toString(), 10)
    onTestFinished(() => {
      if (isRunning(escaped)) process.kill(escaped, 'SIGKILL')
    })
    await client.peer.close()
    await server.close()
  })

  it('in a terminal has the environment that it was given, and nothing lost at its end', async () => {
    const client = await connectedClient()
    const terminals = Array.from({ length: 8 }, (_, index) => `t${index}`)
    await Promise.all(terminals.map((id) => client.sh(id, 'env; seq 1 300; printf end', { tty: true })))
    for (const id of terminals) {
      const output = await client.output(id)
      expect(output.endsWith('300\r\nend')).toBe(true)
      expect(output).not.toMatch(/^TERM=/m)
    }
    const env = { PATH: '/usr/bin:/bin', TERM: 'dumb' }
    await client.sh('named', 'echo "$0 [$TERM] [$SHLVL]"', { tty: true, arg0: 'zero', env })
    expect(await client.output('named')).toMatch(/^zero \[dumb\]/)
  })

  it('in a terminal takes more than it reads, and holds up nobody meanwhile', async () => {
    const client = await connectedClient()
    // Reads nothing until it is interrupted, then all of it.
    const script =
      'stty raw -echo; trap "go=1" INT; echo ready; until [ "$go" ]; do sleep 0.05; done; head -c 60000 | wc -c'
    await client.call('process/start', startParams('slow', ['/bin/sh', '-c', script], { tty: true }))
    await client.until(({ method, params }) => method === 'process/output' && params.processId === 'slow')
    const writes = ['1', '2'].map((writeId) => {
      const chunk = Buffer.from('x'.repeat(30_000)).toString('base64')
      return client.call('process/write', { processId: 'slow', chunk, writeId })
    })
    // The server answers others while the terminal is full.
    await client.sh('other', 'echo fine')
    expect(await client.output('other')).toBe('fine\n')
    await client.call('process/signal', { processId: 'slow', signal: 'interrupt' })
    expect(await Promise.all(writes)).toEqual([{ status: 'accepted' }, { status: 'accepted' }])
    expect(await client.output('slow')).toContain('60000')
  })

  it('in a terminal that it never reads ends like any other, with input on its way', async () => {
    const client = await connectedClient()
    const script = 'stty raw -echo; echo ready; exec sleep 100'
    await client.call('process/start', startParams('deaf', ['/bin/sh', '-c', script], { tty: true }))
    await client.until(({ method, params }) => method === 'process/output' && params.processId === 'deaf')
    const chunk = Buffer.alloc(1_000_000, 'x').toString('base64')
    const write = client.call('process/write', { processId: 'deaf', chunk, writeId: '1' })
    await client.call('process/terminate', { processId: 'deaf' })
    await client.until(({ method, params }) => method === 'process/closed' && params.processId === 'deaf')
    expect(await write).toEqual({ status: 'accepted' })
  })

  it.each([
    ['program', { argv: ['nowhere-to-be-found'] }, 'No such file or directory (os error 2)'],
    ['folder', { cwd: 'file:///nowhere' }, 'No such file or directory (os error 2)'],
    ['permission', { argv: [process.cwd()] }, 'Permission denied (os error 13)'],
  ])('in a terminal is refused when its %s is missing', async (_, more, message) => {
    const client = await connectedClient()
    const start = () => client.call('process/start', startParams('t', ['cat'], { tty: true, ...more }))
    await expect(start()).rejects.toMatchObject({ rpcCode: -32603, message })
    await expect(start()).rejects.toMatchObject({ rpcCode: -32603, message })
  })

  it('gets no terminal when the package for it is missing, and the server says so', async () => {
    const client = await connectedClient({
      loadPty: async () => {
        throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
      },
    })
    await expect(client.sh('t', 'true', { tty: true })).rejects.toMatchObject({
      rpcCode: -32600,
      message: expect.stringContaining('@lydell/node-pty'),
    })
    await client.sh('t', 'true')
  })
})

describe('a start that asks for a sandbox', () => {
  const sandbox = { permissions: { type: 'managed' } }

  it.each([
    ['a sandbox', { sandbox }],
    ['a network proxy', { networkProxy: {} }],
    ['a managed network', { managedNetwork: {} }],
    ['enforcement of it', { enforceManagedNetwork: true }],
    ['a shell snapshot', { shellSnapshot: { scopeId: 'x' } }],
  ])('in the form of %s is refused, and its id stays free', async (_, more) => {
    const client = await connectedClient()
    await expect(client.sh('p', 'true', more)).rejects.toMatchObject({ rpcCode: -32600 })
    await client.sh('p', 'true')
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('secret')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('secret'))],
    ['never answers', () => new Promise<never>(() => {})],
    ['answers nothing', () => undefined as never],
    ['answers an empty command', () => ({ argv: [], sandboxType: 'x' })],
    ['answers no type', () => ({ argv: ['/bin/true'] }) as never],
  ])('is refused when the hook %s', async (_, wrapCommand) => {
    const client = await connectedClient({ sandbox: { wrapCommand, timeoutMs: 100 } })
    const error = await client.sh('p', 'true', { sandbox }).catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'RPC_ERROR' })
    expect(String(error)).not.toContain('secret')
    expect(client.notified).toEqual([])
  })

  it('runs what the hook made of it', async () => {
    const client = await connectedClient({
      sandbox: {
        wrapCommand: ({ argv }) => ({ argv: ['/usr/bin/env', 'INSIDE=1', ...argv], sandboxType: 'mine' }),
      },
    })
    expect(await client.sh('p', 'echo $INSIDE', { sandbox })).toEqual({ processId: 'p', sandboxType: 'mine' })
    expect(await client.output('p')).toBe('1\n')
  })
})

it('a working folder outside of the roots is refused', async () => {
  const folder = await temporaryFolder()
  const client = await connectedClient({ roots: [folder] })
  const at = (cwd: string) => client.sh('p', 'pwd', { cwd })
  await expect(at('file:///etc')).rejects.toThrow('outside of the folders')
  await expect(at(`file://${folder}/..`)).rejects.toThrow('outside of the folders')
  await at(`file://${folder}`)
  expect(await client.output('p')).toBe(`${folder}\n`)
})
