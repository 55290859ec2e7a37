import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readArguments } from '../../src/exec-server/cli/arguments.js'
import { type ChildHandle, spawnChild } from '../../src/process/index.js'
import { goneAfterKill, isRunning, lineReader, startFixture } from '../process/helpers.js'
import { RawClient, startParams } from './support.js'

const program = fileURLToPath(new URL('../../src/exec-server/cli.ts', import.meta.url))

/** Runs the program. It is gone when the test is over. */
function run(...args: string[]): ChildHandle {
  const child = spawnChild({ command: process.execPath, args: ['--import', 'tsx', program, ...args] })
  onTestFinished(async () => {
    await child.terminate({ force: true })
  })
  return child
}

describe('the program', () => {
  it('prints where it listens, as the real one does, and leaves nothing when it is ended', async () => {
    const server = run()
    const url = await lineReader(server.stdout)()
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
    const client = startFixture('exec-server-client', [url])
    const nextLine = lineReader(client.stdout)
    const pids = [await nextLine(), await nextLine(), await nextLine()].map(Number)
    expect(pids.filter(isRunning)).toEqual(pids)
    process.kill(server.pid ?? 0, 'SIGTERM')
    expect(await server.exited).toEqual({ code: null, signal: 'SIGTERM' })
    for (const pid of pids) await goneAfterKill(pid)
  })

  it('serves its standard streams, and exits with 0 when its input ends', async () => {
    const server = run('--listen', 'stdio://')
    const client = new RawClient(server.stdout, server.stdin)
    await client.shakeHands()
    await client.call('process/start', startParams('p', ['/bin/sh', '-c', 'echo $$; sleep 1000; :']))
    const { params } = await client.until(({ method }) => method === 'process/output')
    const pid = Number(Buffer.from(params.chunk, 'base64').toString())
    client.end()
    expect(await server.exited).toEqual({ code: 0, signal: null })
    await goneAfterKill(pid)
  })

  it('says what is wrong with its arguments, and exits with 2', async () => {
    const server = run('--listen', 'ws://0.0.0.0:0')
    expect(await server.exited).toEqual({ code: 2, signal: null })
    await server.terminate()
    expect(server.stderrTail()).toContain('`host`')
  })
})

describe('its arguments', () => {
  const file = (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'conduit-exec-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'file'), text)
    return join(folder, 'file')
  }

  it('name an address, standard streams, roots and help', () => {
    const websocket = (host: string, port: number) => ({ kind: 'websocket', options: { host, port } })
    expect(readArguments([])).toMatchObject({ kind: 'serve', listen: websocket('127.0.0.1', 0) })
    expect(readArguments(['--listen', 'ws://[::1]:80/'])).toMatchObject({ listen: websocket('[::1]', 80) })
    expect(readArguments(['--listen', 'stdio'])).toMatchObject({ listen: { kind: 'stdio' } })
    expect(readArguments(['--root', '/a', '--root', '/b'])).toMatchObject({ roots: ['/a', '/b'] })
    expect(readArguments(['--help'])).toEqual({ kind: 'help' })
    expect(readArguments(['--version'])).toEqual({ kind: 'version' })
  })

  it('name what clients must show', () => {
    const auth = (...args: string[]) =>
      (readArguments(args) as { listen: { options: { auth: unknown } } }).listen.options.auth
    expect(auth('--ws-auth', 'capability-token', '--ws-token-file', file(' abc \n'))).toEqual({
      token: 'abc',
    })
    expect(auth('--ws-auth', 'capability-token', '--ws-token-sha256', 'ab')).toEqual({ tokenSha256: 'ab' })
    const signed = [
      '--ws-auth',
      'signed-bearer-token',
      '--ws-shared-secret-file',
      file('s3cret'),
      '--ws-issuer',
      'me',
    ]
    expect(auth(...signed)).toEqual({ sharedSecret: 's3cret', issuer: 'me' })
  })

  it.each([
    [['--listen', 'http://127.0.0.1:1']],
    [['--listen', 'ws://127.0.0.1']],
    [['--nonsense']],
    [['--ws-auth', 'magic']],
    [['--ws-auth', 'capability-token']],
    [['--ws-auth', 'signed-bearer-token']],
    [['--ws-token-sha256', 'ab']],
    [['--ws-issuer', 'me']],
    [['--ws-auth', 'capability-token', '--ws-token-sha256', 'ab', '--ws-audience', 'me']],
    [['--ws-auth', 'capability-token', '--ws-token-file', '/nowhere']],
    [['--listen', 'stdio', '--ws-auth', 'capability-token', '--ws-token-sha256', 'ab']],
  ])('%j are refused', (args) => {
    expect(() => readArguments(args)).toThrow()
  })

  it('with an empty token file are refused', () => {
    expect(() => readArguments(['--ws-auth', 'capability-token', '--ws-token-file', file('\n')])).toThrow(
      'secret',
    )
  })
})
