import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type ExecServerClient, ProcessInputError } from '../../../src/exec-server/index.js'
import { RpcError } from '../../../src/rpc/index.js'
import { temporaryFolder } from '../support.js'
import { ENV, PAIRINGS, reader, textOf } from './support.js'

const sh = (script: string) => ({ argv: ['/bin/sh', '-c', script], cwd: '/tmp', env: ENV })

describe.each(PAIRINGS)('our client and $name', ({ connect, hasHttp }) => {
  let client: ExecServerClient
  const cleanups: (() => Promise<void>)[] = []
  beforeAll(async () => {
    client = await connect((cleanup) => void cleanups.unshift(cleanup))
  })
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup()
  })

  it('find out the version, run commands and read what they write', async () => {
    expect(client.version).toBe('current')
    expect(client.sessionId).toMatch(/^[0-9a-f-]{36}$/)
    expect(client.environmentInfo?.shell?.path).toMatch(/^\//)
    expect(await client.environment.status()).toEqual({ status: 'ready' })

    const process = await client.exec(sh('printf out; printf err >&2; exit 3'))
    const [out, err, exit] = await Promise.all([textOf(process.stdout), textOf(process.stderr), process.exit])
    expect([out, err, exit]).toEqual(['out', 'err', { exitCode: 3, sandboxDenied: false }])
    expect(await process.wait()).toEqual(exit)
    expect(process.sandboxType).toBe('none')
    expect(client.processes).toBe(0)
  })

  it('write to pipes, signal and kill', async () => {
    const cat = await client.exec({ ...sh('cat'), pipeStdin: true })
    const output = reader(cat.stdout)
    await Promise.all([cat.write('one\n'), cat.write(Buffer.from('two\n'))])
    expect(await output.until('two')).toBe('one\ntwo\n')
    expect(await cat.terminate()).toBe(true)
    expect((await cat.wait()).exitCode).toBe(137)
    expect(await cat.terminate()).toBe(false)

    const trap = await client.exec(
      sh('trap "echo told; exit 5" INT; echo ready; while :; do sleep 0.05; done'),
    )
    const told = reader(trap.stdout)
    await told.until('ready')
    await trap.signal('interrupt')
    expect(await told.until('told')).toBe('ready\ntold\n')
    expect((await trap.exit).exitCode).toBe(5)
    await expect((await client.exec(sh('sleep 0'))).write('x')).rejects.toBeInstanceOf(ProcessInputError)
  })

  it('speak with a shell on a terminal', async () => {
    const shell = await client.exec({ argv: ['/bin/sh'], cwd: '/tmp', env: { ...ENV, PS1: '' }, tty: true })
    const screen = reader(shell.pty)
    await shell.write('stty -echo; stty size; test -t 0 && echo is-a-$((40+2))\n')
    expect(await screen.until('is-a-42')).toContain('24 80')
    await shell.write('exit 7\n')
    expect((await shell.wait()).exitCode).toBe(7)
    const text = await (await client.exec({ ...sh('cat; echo end'), tty: true })).communicate('line')
    expect(text.pty.bytes.toString()).toMatch(/line[\s\S]*end/)
    expect(text.exitCode).toBe(0)
  })

  it('communicate: input in, all output and the exit out', async () => {
    const input = Buffer.alloc(1_500_000, 'abcdefghi\n')
    const process = await client.exec({ ...sh('head -c 1500000 | md5sum; echo done >&2'), pipeStdin: true })
    const { stdout, stderr, exitCode } = await process.communicate(input)
    expect(stdout.bytes.toString().split(' ')[0]).toBe(createHash('md5').update(input).digest('hex'))
    expect([stderr.bytes.toString(), stdout.droppedBytes, exitCode]).toEqual(['done\n', 0, 0])
    // A process that exits without reading is no error.
    const deaf = await client.exec({ ...sh('exit 4'), pipeStdin: true })
    expect((await deaf.communicate(Buffer.alloc(4_000_000))).exitCode).toBe(4)
  })

  it('lose and repeat nothing of 8 MB from two streams', async () => {
    const process = await client.exec(sh('seq 1 600000 & seq 1 600000 >&2; wait'))
    const hash = async (stream: AsyncIterable<Buffer>) => {
      const digest = createHash('md5')
      for await (const chunk of stream) digest.update(chunk)
      return digest.digest('hex')
    }
    const expected = createHash('md5')
    for (let i = 1; i <= 600_000; i += 1) expected.update(`${i}\n`)
    const digest = expected.digest('hex')
    expect(await Promise.all([hash(process.stdout), hash(process.stderr)])).toEqual([digest, digest])
    expect(process.stdout.droppedBytes).toBe(0)
  })

  it('refuse what cannot be started, and free its name', async () => {
    const start = (argv: string[], cwd = '/tmp') => client.exec({ argv, cwd, processId: 'same' })
    await expect(start(['/nonexistent/program'])).rejects.toMatchObject({
      code: 'RPC_ERROR',
      rpcCode: -32603,
    })
    await expect(start(['/bin/sh'], '/nonexistent')).rejects.toBeInstanceOf(RpcError)
    const process = await start(['/bin/echo', 'now'])
    expect(await textOf(process.stdout)).toBe('now\n')
  })

  it('inherit an environment by a policy', async () => {
    const script = 'test -n "$PATH" && echo "$ADDED $NEW"'
    const envPolicy = { inherit: 'core', set: { ADDED: 'a' } } as const
    const process = await client.exec({ argv: ['/bin/sh', '-c', script], env: { NEW: 'b' }, envPolicy })
    expect(await textOf(process.stdout)).toBe('a b\n')
  })

  it('work with files', async () => {
    const { files } = client
    const folder = join(await temporaryFolder(), 'a b#c?d%e-ü')
    const path = join(folder, 'x', 'file.txt')
    await files.createDirectory(join(folder, 'x'))
    await files.writeFile(path, 'héllo')
    expect((await files.readFile(path)).toString()).toBe('héllo')
    expect(await files.getMetadata(path)).toMatchObject({ isFile: true, size: 6 })
    expect(await files.canonicalize(path)).toBe(path)
    await files.copy(path, join(folder, 'copy.txt'))
    expect((await files.readDirectory(folder)).map(({ fileName }) => fileName).sort()).toEqual([
      'copy.txt',
      'x',
    ])
    const walked = await files.walk(folder)
    expect(walked.entries.map((entry) => entry.path).sort()).toEqual([
      join(folder, 'copy.txt'),
      join(folder, 'x'),
      path,
    ])
    await files.remove(path, { recursive: false, force: false })
    await expect(files.readFile(path)).rejects.toMatchObject({ rpcCode: -32004 })
    await expect(files.remove(path, { recursive: false, force: false })).rejects.toBeInstanceOf(RpcError)
    await files.remove(folder, { recursive: true, force: false })
    await expect(files.getMetadata(folder)).rejects.toMatchObject({ rpcCode: -32004 })
  })

  it('read and write long files in blocks, and watch for missing ones', async () => {
    const { files } = client
    const path = join(await temporaryFolder(), 'long')
    const { watching, changed } = await files.watchMissing([path])
    expect(watching).toBe(true)
    const bytes = Buffer.alloc(2_500_000, 'block after block ')
    {
      await using file = await files.open(path, 'replace')
      await file.write(0, bytes)
    }
    await changed
    await using file = await files.open(path)
    const blocks: Buffer[] = []
    for (let offset = 0, eof = false; !eof; ) {
      const block = await file.read(offset)
      blocks.push(block.bytes)
      offset += block.bytes.length
      eof = block.eof
    }
    expect(Buffer.concat(blocks).equals(bytes)).toBe(true)
  })

  it('send HTTP requests where the server allows it', async () => {
    const web = createServer((request, response) => {
      response.writeHead(201, { 'x-method': request.method })
      request.pipe(response)
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void web.close())
    await new Promise((resolve) => web.once('listening', resolve))
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`
    if (!hasHttp) {
      await expect(client.http.request({ url })).rejects.toThrow('not enabled')
      return
    }
    const response = await client.http.request({ url, method: 'POST', body: 'ping' })
    expect([response.status, response.body.toString()]).toEqual([201, 'ping'])
    expect(response.headers).toContainEqual({ name: 'x-method', value: 'POST' })
    const body = Buffer.alloc(300_000, 'stream ')
    const streamed = await client.http.stream({ url, method: 'PUT', body })
    expect(streamed.status).toBe(201)
    expect(await textOf(streamed.body)).toBe(body.toString())
  })

  it('end together: what runs fails with a classified failure, what is asked for is refused', async () => {
    const process = await client.exec(sh('echo started; sleep 60'))
    await reader(process.stdout).until('started')
    const waiting = process.wait()
    waiting.catch(() => {})
    await client.close()
    expect(await client.closed).toMatchObject({ kind: 'local' })
    await expect(waiting).rejects.toMatchObject({ code: 'EXEC_PROCESS_LOST', processId: process.processId })
    expect(await process.exit).toMatchObject({
      exitCode: null,
      failure: { kind: 'transport-closed-before-turn-completed', details: { closeKind: 'local' } },
    })
    await expect(process.write('x')).rejects.toMatchObject({ code: 'TRANSPORT_CLOSED' })
    await expect(client.exec(sh('true'))).rejects.toMatchObject({ code: 'TRANSPORT_CLOSED' })
  })
})
