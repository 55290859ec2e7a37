import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { classifyFailure } from '../../src/failures/index.js'
import { spawnChild } from '../../src/process/index.js'
import { announcedUrl } from '../../src/transports/app-server/announcement.js'
import {
  type AppServerHandle,
  type LaunchAppServerOptions,
  launchAppServer,
} from '../../src/transports/app-server/launch.js'
import { InvalidInputError } from '../../src/util/errors.js'
import { isRunning, temporaryFolder } from '../process/helpers.js'
import { failOnUnhandled } from '../rpc/helpers.js'

beforeEach(failOnUnhandled)

const WS = 'ws://127.0.0.1:0'

/** A program in the place of Codex. It sees its arguments as `args`. */
function codexDouble(body: string): string {
  const file = join(temporaryFolder(), 'codex')
  const program = `#!${process.execPath}\nconst args = process.argv.slice(2)\nsetInterval(() => {}, 1e6)\n${body}\n`
  writeFileSync(file, program, { mode: 0o755 })
  return file
}

/** Launches a double; it is gone when the test is over. */
async function launch(body: string, options: Partial<LaunchAppServerOptions> = {}): Promise<AppServerHandle> {
  const server = await launchAppServer({ listen: WS, binary: codexDouble(body), ...options })
  onTestFinished(() => server.close())
  return server
}

const ANNOUNCE = `process.stderr.write('\\x1b[2mcodex\\x1b[0m app-server\\n  listening on: \\x1b[1mws://127.0.0.1:4567\\x1b[0m\\n')`

describe('a server on a port', () => {
  test('is ready when it has announced its URL, and gone after close()', async () => {
    const lines: string[] = []
    const server = await launch(ANNOUNCE, { onStderr: (line) => lines.push(line) })
    expect(server.url).toBe('ws://127.0.0.1:4567')
    expect(server.stderrTail()).toContain('listening on: ws://127.0.0.1:4567')
    expect(lines).toHaveLength(2)
    expect(isRunning(server.pid)).toBe(true)
    await Promise.all([server.close(), server.close(), server[Symbol.asyncDispose]()])
    expect(await server.exited).toEqual({ code: null, signal: 'SIGTERM' })
    expect(isRunning(server.pid)).toBe(false)
  })

  test('gets its arguments, environment and folder', async () => {
    const cwd = temporaryFolder()
    const report = `console.error(JSON.stringify([args, process.env.CODEX_HOME, process.env.EXTRA, process.cwd()]))`
    const server = await launch(`${report}\n${ANNOUNCE}`, {
      args: ['-c', 'model="m"'],
      cwd,
      codexHome: '/some/home',
      env: { EXTRA: 'x' },
    })
    const [line] = server.stderrTail().split('\n')
    const args = ['app-server', '--listen', WS, '-c', 'model="m"']
    expect(JSON.parse(line ?? '')).toEqual([args, '/some/home', 'x', cwd])
  })

  test('is the Codex that its own environment names, and never one of its working folder', async () => {
    const binary = codexDouble(`console.error(process.env.CODEX_HOME)\n${ANNOUNCE}`)
    const cwd = dirname(binary)
    const server = await launchAppServer({
      listen: WS,
      cwd,
      env: { CODEX_CONDUIT_BINARY: binary },
      codexHome: 'home-of-this-folder',
    })
    onTestFinished(() => server.close())
    expect(server.stderrTail()).toContain(resolve('home-of-this-folder'))
    await expect(launchAppServer({ listen: WS, cwd, binary: './codex' })).rejects.toMatchObject({
      code: 'CODEX_NOT_FOUND',
    })
  })

  test('gets a token in a file that nobody else can read, and that is gone after it', async () => {
    const server = await launch(`console.error(JSON.stringify(args))\n${ANNOUNCE}`, {
      auth: { token: 'tok-secret-1' },
    })
    const args = JSON.parse(server.stderrTail().split('\n')[0] ?? '') as string[]
    expect(args.join(' ')).not.toContain('tok-secret-1')
    expect(args.slice(3, 6)).toEqual(['--ws-auth', 'capability-token', '--ws-token-file'])
    const file = args[6] ?? ''
    expect(readFileSync(file, 'utf8')).toBe('tok-secret-1')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700)
    await server.close()
    expect(existsSync(dirname(file))).toBe(false)
  })

  test('that ends by itself leaves nothing either', async () => {
    const body = `process.on('SIGUSR2', () => process.exit(3))\nconsole.error(args[6])\n${ANNOUNCE}`
    const server = await launch(body, { auth: { token: 'tok-secret-1' } })
    const file = server.stderrTail().split('\n')[0] ?? ''
    expect(existsSync(file)).toBe(true)
    process.kill(server.pid, 'SIGUSR2')
    expect(await server.exited).toEqual({ code: 3, signal: null })
    await server.close()
    expect(existsSync(file)).toBe(false)
  })

  test('that ignores SIGTERM is killed', async () => {
    const server = await launch(`process.on('SIGTERM', () => {})\n${ANNOUNCE}`, {
      termination: { termGraceMs: 50 },
    })
    await server.close()
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  test('that floods its output is not held up', async () => {
    const flood = `for (let n = 0; n < 200; n += 1) process.stdout.write('x'.repeat(10_000)), process.stderr.write('y'.repeat(1_000) + '\\n')`
    const server = await launch(`${flood}\n${ANNOUNCE}`)
    expect(server.url).toBe('ws://127.0.0.1:4567')
  })
})

describe('a launch that fails', () => {
  test('because the program exits tells how, with the redacted end of its error stream', async () => {
    const secret = `sk-proj-${'Z9y8X7w6'.repeat(4)}`
    const error = await launch(`console.error('bad key ${secret}'); process.exit(2)`).catch(
      (reason) => reason,
    )
    expect(error).toMatchObject({ code: 'CODEX_EXITED', exitCode: 2 })
    expect(error.message).toContain('exited with code 2 before it was ready:\nbad key')
    expect(error.message).not.toContain('Z9y8')
    expect(classifyFailure(error)).toMatchObject({ kind: 'backend-spawn-failed', retrySafety: 'not-sent' })
    const killed = launch(`process.kill(process.pid, 'SIGKILL')`)
    await expect(killed).rejects.toMatchObject({ code: 'CODEX_EXITED', signal: 'SIGKILL' })
  })

  test('because it is not ready in time ends the program', async () => {
    const pids: number[] = []
    const body = `console.error('pid ' + process.pid)`
    const error = await launch(body, {
      readyTimeoutMs: 2_000,
      onStderr: (line) => pids.push(Number(line.slice(4))),
    }).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'APP_SERVER_NOT_READY', cause: { code: 'REQUEST_TIMEOUT' } })
    expect(error.message).toContain('not ready within 2000 ms')
    expect(classifyFailure(error).kind).toBe('backend-timeout')
    expect(pids).toHaveLength(1)
    expect(isRunning(pids[0] ?? 0)).toBe(false)
  })

  test('because of its signal ends the program', async () => {
    const controller = new AbortController()
    let pid = 0
    const launched = launch(`console.error('pid ' + process.pid)`, {
      signal: controller.signal,
      onStderr: (line) => {
        pid = Number(line.slice(4))
        controller.abort(new Error('enough'))
      },
    })
    await expect(launched).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } })
    expect(isRunning(pid)).toBe(false)
    await expect(launch(ANNOUNCE, { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('because there is no program, or it cannot be run', async () => {
    const none = launchAppServer({ listen: WS, binary: '/nowhere/codex' })
    await expect(none).rejects.toMatchObject({ code: 'CODEX_NOT_FOUND' })
    const cwd = launchAppServer({ listen: WS, binary: codexDouble(''), cwd: '/nowhere' })
    await expect(cwd).rejects.toMatchObject({ code: 'SPAWN_FAILED' })
  })

  test.each([
    [undefined, 'options'],
    [{}, 'listen'],
    [{ listen: 'ws://localhost:0' }, 'listen'],
    [{ listen: 'ws://127.0.0.1' }, 'listen'],
    [{ listen: 'ws://127.0.0.1:99999' }, 'listen'],
    [{ listen: 'wss://127.0.0.1:0' }, 'listen'],
    [{ listen: 'stdio://' }, 'listen'],
    [{ listen: 'unix://' }, 'listen'],
    [{ listen: 'unix://relative' }, 'listen'],
    [{ listen: `unix:///${'x'.repeat(107)}` }, 'listen'],
    [{ listen: WS, auth: {} }, 'auth.token'],
    [{ listen: WS, auth: { token: 'a b' } }, 'auth.token'],
    [{ listen: 'unix:///tmp/x', auth: { token: 'ab' } }, 'auth'],
    [{ listen: WS, args: 'x' }, 'args'],
    [{ listen: WS, args: ['-c', 5] }, 'args[1]'],
    [{ listen: WS, args: ['a\0b'] }, 'args[0]'],
    // Mistyped, it would listen without a token.
    [{ listen: WS, token: 'ab' }, 'token'],
    [{ listen: WS, auth: { token: 'ab', tokens: 'cd' } }, 'tokens'],
    [{ listen: WS, readyTimeoutMs: 0 }, 'readyTimeoutMs'],
    [{ listen: WS, termination: { termGraceMs: -1 } }, 'termination.termGraceMs'],
    [{ listen: WS, signal: 'x' }, 'signal'],
  ])('because of its options %# names what is wrong', async (options, option) => {
    const error = await launchAppServer(options as never).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(InvalidInputError)
    expect(error).toMatchObject({ option })
  })
})

describe('a server on a unix socket', () => {
  const LISTEN = `const server = require('node:net').createServer((s) => s.on('error', () => {})); setTimeout(() => server.listen(args[2].slice(7)), 50)`

  test('is ready when it accepts connections, and its socket is gone after close()', async () => {
    const path = join(temporaryFolder(), 'app?%20.sock')
    const server = await launch(LISTEN, { listen: `unix://${path}` })
    expect(server.url).toBe(`unix://${path}`)
    expect(existsSync(path)).toBe(true)
    await server.close()
    expect(existsSync(path)).toBe(false)
  })

  test('replaces what a dead server left: a socket, or a link to one that is gone', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'stale.sock')
    const body = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    await spawnChild({ command: process.execPath, args: ['-e', body] }).exited
    expect(statSync(path).isSocket()).toBe(true)
    await (await launch(LISTEN, { listen: `unix://${path}` })).close()
    mkdirSync(join(folder, 'codex-daemon-0'))
    symlinkSync(join(folder, 'codex-daemon-0', 'gone'), path)
    await (await launch(LISTEN, { listen: `unix://${path}` })).close()
    expect(existsSync(path)).toBe(false)
  })

  test('is not started where another server listens, or where there is another file', async () => {
    const folder = temporaryFolder()
    const taken = join(folder, 'taken.sock')
    const other = createServer().listen(taken)
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const error = await launch(LISTEN, { listen: `unix://${taken}` }).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'SOCKET_IN_USE', errno: 'EADDRINUSE', path: taken })
    expect(classifyFailure(error).kind).toBe('backend-spawn-failed')
    const file = join(folder, 'file')
    writeFileSync(file, 'precious')
    await expect(launch(LISTEN, { listen: `unix://${file}` })).rejects.toMatchObject({
      code: 'SOCKET_IN_USE',
    })
    const link = join(folder, 'link')
    symlinkSync(join(folder, 'elsewhere'), link)
    await expect(launch(LISTEN, { listen: `unix://${link}` })).rejects.toMatchObject({
      code: 'SOCKET_IN_USE',
    })
    expect(readFileSync(file, 'utf8')).toBe('precious')
  })

  test('that exits, or never listens, fails the launch', async () => {
    const path = join(temporaryFolder(), 'never.sock')
    const exits = launch('process.exit(1)', { listen: `unix://${path}` })
    await expect(exits).rejects.toMatchObject({ code: 'CODEX_EXITED', exitCode: 1 })
    const silent = launch('', { listen: `unix://${path}`, readyTimeoutMs: 100 })
    await expect(silent).rejects.toMatchObject({ code: 'APP_SERVER_NOT_READY' })
  })
})

test.each([
  ['  listening on: ws://127.0.0.1:4500', 'ws://127.0.0.1:4500'],
  ['\u001b[1mlistening on:\u001b[0m ws://[::1]:4500/', 'ws://[::1]:4500'],
  ['listening on ws://0.0.0.0:1 (all interfaces)', 'ws://0.0.0.0:1'],
  ['listening on: ws://127.0.0.1:0', undefined],
  ['listening on: ws://127.0.0.1:45x', undefined],
  ['  readyz: http://127.0.0.1:4500/readyz', undefined],
  ['not listening on: anything', undefined],
])('the line %j announces %j', (line, url) => {
  expect(announcedUrl(line)).toBe(url)
})
