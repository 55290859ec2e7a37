import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readArguments } from '../../src/exec-server/cli/arguments.js'
import { MAX_LINES_PER_MINUTE, problemLog } from '../../src/exec-server/cli/problem-log.js'
import { type ChildHandle, spawnChild } from '../../src/process/index.js'
import { deferred } from '../../src/util/deferred.js'
import { goneAfterKill, isRunning, lineReader, startFixture } from '../process/helpers.js'
import { RawClient, startParams } from './support.js'

const program = fileURLToPath(new URL('../../src/exec-server/cli.ts', import.meta.url))

/** Runs the program. It is gone when the test is over. */
function run(...args: string[]): ChildHandle {
  return runHeard(undefined, ...args)
}

/** {@link run}, with an ear for the lines of its error stream as they are. */
function runHeard(onStderr: ((line: string) => void) | undefined, ...args: string[]): ChildHandle {
  const child = spawnChild({
    command: process.execPath,
    args: ['--import', 'tsx', program, ...args],
    onStderr,
  })
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

  it('tells problems on its error stream, in lines without secrets, and goes on', async () => {
    const secret = ['sk', 'proj', 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEyMzQ1Njc4OTA'].join('-')
    const heard = deferred<string>()
    const server = runHeard(heard.resolve, '--listen', 'stdio://')
    const client = new RawClient(server.stdout, server.stdin)
    client.line(`{"key": ${secret} \u001b[2J`)
    const line = await heard.promise
    expect(line).toMatch(/^problem: .*JSON/)
    expect(line).not.toContain(secret)
    expect(line).not.toContain('\u001b')
    await client.shakeHands()
    client.end()
    expect(await server.exited).toEqual({ code: 0, signal: null })
  })

  it('goes on when nobody hears its problems any more', async () => {
    const server = spawn(process.execPath, ['--import', 'tsx', program, '--listen', 'stdio://'])
    onTestFinished(() => void server.kill('SIGKILL'))
    const exited = once(server, 'exit')
    const client = new RawClient(server.stdout, server.stdin)
    await client.shakeHands()
    server.stderr.destroy()
    for (let n = 0; n < 3; n += 1) client.line('{bad')
    await client.call('environment/status', {})
    client.end()
    expect(await exited).toEqual([0, null])
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

describe('the log of problems', () => {
  it('has one short line for each', () => {
    const lines: string[] = []
    const tell = problemLog((line) => lines.push(line))
    tell(new Error(`first\r\nsecond\u2028third ${'x'.repeat(10_000)}`))
    expect(lines).toEqual([expect.stringMatching(/^problem: first second third x+…\n$/)])
    expect(lines[0]?.length).toBeLessThan(300)
  })

  it('stays short however many there are, and says how many it left out', () => {
    const lines: string[] = []
    let now = 0
    const tell = problemLog(
      (line) => lines.push(line),
      () => now,
    )
    for (let n = 0; n < MAX_LINES_PER_MINUTE + 7; n += 1) tell(new Error('again'))
    expect(lines).toHaveLength(MAX_LINES_PER_MINUTE)
    now = 60_000
    tell(new Error('later'))
    tell(new Error('last'))
    expect(lines.slice(-2)).toEqual(['problem: later (7 more were not told)\n', 'problem: last\n'])
  })

  it('keeps nothing for a reader that does not read, and tells how much that was', () => {
    const lines: string[] = []
    let isBehind = true
    const tell = problemLog(
      (line) => lines.push(line),
      () => 0,
      () => isBehind,
    )
    for (let count = 0; count < 2 * MAX_LINES_PER_MINUTE; count += 1) tell(new Error('unread'))
    isBehind = false
    tell(new Error('read'))
    expect(lines).toEqual([`problem: read (${2 * MAX_LINES_PER_MINUTE} more were not told)\n`])
  })
})
