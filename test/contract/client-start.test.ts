import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Codex, CodexExitedError, HandshakeError, type StartOptions } from '../../src/client/index.js'
import { CodexNotFoundError } from '../../src/process/index.js'
import { deferred } from '../../src/util/deferred.js'
import { isAlive } from './client-support.js'

const SECRET = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-start-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let made = 0
/** A program that stands in for Codex; it notes its process number in a file first. */
async function program(body: string) {
  made += 1
  const binary = join(folder, `program-${made}.mjs`)
  const pidFile = `${binary}.pid`
  const source = [
    `#!${process.execPath}`,
    "import { writeFileSync } from 'node:fs'",
    `writeFileSync(${JSON.stringify(pidFile)}, String(process.pid))`,
    body,
  ]
  await writeFile(binary, source.join('\n'), { mode: 0o755 })
  const pid = () => Number(readFileSync(pidFile, 'utf8'))
  return { binary, pid, hasBegun: () => existsSync(pidFile) }
}

const STAYS = 'setInterval(() => {}, 1000); process.stdin.resume()'

function failStart(options: StartOptions): Promise<unknown> {
  // The programs do not end by themselves: how patiently they are ended is tested elsewhere.
  return Codex.start({ termination: { stdinGraceMs: 100, termGraceMs: 1000 }, ...options }).then(
    async (codex) => {
      await codex.close()
      throw new Error('it started')
    },
    (error: unknown) => error,
  )
}

describe('a start', () => {
  it('without a binary says where it looked', async () => {
    const binary = join(folder, 'no-such-codex')
    const error = await failStart({ binary })
    expect(error).toBeInstanceOf(CodexNotFoundError)
    expect(error).toMatchObject({ tried: [{ source: 'option', place: binary }] })
    expect(String(error)).toContain(binary)
  })

  it('of a file that is no program is a spawn error', async () => {
    const binary = join(folder, 'text')
    await writeFile(binary, 'hello', { mode: 0o755 })
    const error = await failStart({ binary })
    expect(error).toMatchObject({ code: expect.stringMatching(/SPAWN_FAILED|CODEX_NOT_FOUND/) })
  })

  it('in a folder that does not exist names the folder', async () => {
    const { binary } = await program(STAYS)
    const cwd = join(folder, 'nowhere')
    expect(await failStart({ binary, cwd })).toMatchObject({ code: 'SPAWN_FAILED', subject: 'cwd' })
  })

  it.each([
    ['at once', ''],
    ['when it is spoken to', "process.stdin.once('data', () => die())"],
  ])('of a program that exits %s tells its code and its last words, without secrets', async (_when, wait) => {
    const die = `const die = () => { console.error('bad key ${SECRET}'); process.exitCode = 3; process.stdin.destroy() }`
    const { binary, pid } = await program(`${die}\n${wait === '' ? 'die()' : wait}`)
    const error = await failStart({ binary })
    expect(error).toBeInstanceOf(CodexExitedError)
    expect(error).toMatchObject({ exitCode: 3, stderrTail: expect.stringContaining('bad key') })
    expect(JSON.stringify(error) + String(error)).not.toContain('abcdefghij')
    expect(isAlive(pid())).toBe(false)
  })

  it('of a program that is killed tells the signal', async () => {
    const { binary, pid } = await program("process.kill(process.pid, 'SIGKILL')")
    expect(await failStart({ binary })).toMatchObject({ code: 'CODEX_EXITED', signal: 'SIGKILL' })
    expect(isAlive(pid())).toBe(false)
  })

  it('of a program that never answers ends at the deadline, and ends the program', async () => {
    const { binary, pid, hasBegun } = await program(STAYS)
    // On a busy machine a program can be ended before its first line.
    for (let handshakeTimeoutMs = 300; !hasBegun(); handshakeTimeoutMs *= 2) {
      const error = await failStart({ binary, handshakeTimeoutMs })
      expect(error).toBeInstanceOf(HandshakeError)
      expect(String(error)).toContain(`${handshakeTimeoutMs} ms`)
    }
    expect(isAlive(pid())).toBe(false)
  })

  it.each([
    ['an answer of another kind', 'console.log(\'{"id":1,"result":{}}\')'],
    ['an error', 'console.log(\'{"id":1,"error":{"code":-32600,"message":"no"}}\')'],
    ['a broken object', 'console.log(\'{"id":1,\')'],
    ['noise without end', "for (let i = 0; i < 10000; i += 1) console.log('hello ' + i)"],
  ])('of a program that writes %s fails, and ends the program', async (_what, answer) => {
    const { binary, pid } = await program(`process.stdin.once('data', () => { ${answer} })\n${STAYS}`)
    expect(await failStart({ binary })).toBeInstanceOf(HandshakeError)
    expect(isAlive(pid())).toBe(false)
  })

  it('that is given up ends the program', async () => {
    const controller = new AbortController()
    const { binary, pid } = await program(
      `process.stdin.once('data', () => console.error('spoken to'))\n${STAYS}`,
    )
    const spokenTo = deferred<void>()
    const onStderr = () => spokenTo.resolve()
    const starting = failStart({ binary, signal: controller.signal, onStderr })
    await spokenTo.promise
    controller.abort(new Error('changed my mind'))
    expect(await starting).toMatchObject({ code: 'ABORTED', cause: { message: 'changed my mind' } })
    expect(isAlive(pid())).toBe(false)
  })

  it('that was given up before spawns nothing', async () => {
    const { binary, pid } = await program(STAYS)
    expect(await failStart({ binary, signal: AbortSignal.abort() })).toMatchObject({ code: 'ABORTED' })
    expect(pid).toThrow('ENOENT')
  })
})
