import { expect, it } from 'vitest'
import { ExecServerClient, ProcessInputError } from '../../../src/exec-server/index.js'
import { RpcError } from '../../../src/rpc/index.js'
import { FakeServer, replay } from './fake-server.js'
import { closing, ENV, OPTIONS, reader, textOf } from './support.js'

const V0 = { protocolVersion: 'exec-server.v0' }
const sh = (script: string, processId = 'proc-1') => ({
  argv: ['/bin/sh', '-c', script],
  cwd: 'file:///tmp',
  env: ENV,
  processId,
})

async function replayed(name: string): Promise<{ client: ExecServerClient; done: Promise<void> }> {
  const { transport, done } = replay(name)
  return { client: closing(await ExecServerClient.connect(transport, OPTIONS)), done }
}

it('holds a conversation about a terminal with a v0 server, as it was recorded', async () => {
  const { client, done } = await replayed('v0-terminal')
  expect([client.version, client.sessionId, client.environmentInfo]).toEqual(['v0', undefined, undefined])
  const script = 'echo ready; while read -r line; do echo "echo:$line"; done'
  const process = await client.exec({ ...sh(script), tty: true })
  const screen = reader(process.pty)
  await screen.until('ready')
  await process.write('hello\n')
  expect(await screen.until('echo:')).toBe('ready\r\nhello\r\necho:hello\r\n')
  expect(await process.terminate()).toBe(true)
  expect(await process.wait()).toEqual({ exitCode: 1, sandboxDenied: false })
  await done
  expect(client.processes).toBe(0)
})

it('reads what a v0 server did not tell after the exit, and reads nothing twice', async () => {
  const { client, done } = await replayed('v0-pipe')
  const process = await client.exec(sh('echo one; echo two >&2; echo three; exit 3'))
  expect(process.sandboxType).toBeUndefined()
  expect(await textOf(process.stdout)).toBe('one\nthree\n')
  expect(await textOf(process.stderr)).toBe('two\n')
  expect((await process.wait()).exitCode).toBe(3)
  await done
})

it('takes the refusals of a v0 server for what current ones answer', async () => {
  const { client, done } = await replayed('v0-refusals')
  const process = await client.exec(sh('exit'))
  await expect(process.write('x')).rejects.toMatchObject({ status: 'stdinClosed' })
  const late = process.write('y').catch((error: unknown) => error)
  expect(await late).toBeInstanceOf(ProcessInputError)
  expect(await late).toMatchObject({ status: 'unknownProcess', cause: expect.any(RpcError) })
  await expect(client.exec(sh('', 'proc-2'))).rejects.toMatchObject({ rpcCode: -32603 })
  await done
})

it('sends a v0 server nothing that it does not know, and refuses what it cannot do', async () => {
  const server = new FakeServer(V0)
  const client = await server.connect()
  const start = { argv: ['/bin/true'], cwd: '/tmp' }
  const unsupported = { code: 'EXEC_UNSUPPORTED' }
  await expect(client.exec({ ...start, pipeStdin: true })).rejects.toMatchObject(unsupported)
  await expect(client.exec({ ...start, envPolicy: {} })).rejects.toMatchObject(unsupported)
  await expect(client.exec({ ...start, sandbox: { permissions: {} } })).rejects.toMatchObject(unsupported)
  await expect(client.files.readFile('/tmp/x')).rejects.toMatchObject(unsupported)
  await expect(client.http.request({ url: 'http://127.0.0.1/' })).rejects.toMatchObject(unsupported)
  await expect(client.environment.info()).rejects.toMatchObject(unsupported)
  await expect(client.attach('p')).rejects.toMatchObject(unsupported)
  await expect(client.request('environment/status', undefined)).rejects.toMatchObject(unsupported)
  await expect(client.exec({ argv: ['/bin/true'] })).rejects.toMatchObject({ option: 'cwd' })
  expect(server.asked.map(({ method }) => method)).toEqual(['initialize'])
})

it('takes the end of a connection to a v0 server for the end of its processes', async () => {
  const server = new FakeServer(V0)
  server.answer('process/start', ({ processId }: { processId: string }) => ({ processId }))
  const client = await ExecServerClient.connect(() => server.transport, OPTIONS)
  const process = await client.exec({ argv: ['/bin/true'], cwd: '/tmp', processId: 'p' })
  await server.peer.close()
  expect(await client.closed).toMatchObject({ kind: 'remote' })
  expect(await process.exit).toMatchObject({ failure: { kind: 'transport-closed-before-turn-completed' } })
  await expect(process.signal('interrupt')).rejects.toMatchObject({ code: 'EXEC_UNSUPPORTED' })
})
