import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { type ChildHandle, SpawnError, spawnChild } from '../../src/process/index.js'
import { deferred } from '../../src/util/deferred.js'
import { InvalidInputError } from '../../src/util/errors.js'
import { lineReader, startFixture, temporaryFolder } from './helpers.js'

function fileWith(content: string, mode: number): string {
  const file = path.join(temporaryFolder(), 'program')
  writeFileSync(file, content)
  chmodSync(file, mode)
  return file
}

async function failureOf(child: ChildHandle): Promise<SpawnError> {
  const error: unknown = await child.spawned.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof SpawnError) return error
  throw new Error('Expected a SpawnError')
}

test('a child that exits at once tells its code and its error stream', async () => {
  const child = startFixture('process-exits', ['no such option\n', '3'])
  await child.spawned
  expect(await child.exited).toEqual({ code: 3, signal: null })
  expect(child.exitStatus).toEqual({ code: 3, signal: null })
  expect(await child.terminate()).toEqual({ code: 3, signal: null, steps: [] })
  expect(child.stderrTail()).toBe('no such option\n')
})

test('arguments, folder and environment reach the child as they are', async () => {
  const cwd = temporaryFolder()
  const script = 'console.log(JSON.stringify([process.argv.slice(1), process.cwd(), process.env.ONLY]))'
  const args = ['-e', script, '--', '$HOME', 'a b', '', '"; exit 1']
  const child = spawnChild({ command: process.execPath, args, cwd, env: { ONLY: 'x' }, inheritEnv: false })
  expect(JSON.parse(await text(child.stdout))).toEqual([args.slice(3), cwd, 'x'])
  await child.terminate()
})

test('the child leads a process group of its own', async () => {
  const child = startFixture('process-stubborn')
  await lineReader(child.stdout)()
  expect(process.kill(-(child.pid ?? Number.NaN), 0)).toBe(true)
})

test('secrets on the error stream are removed from the tail and left in the raw lines', async () => {
  const secret = `sk-proj-${'Z9y8X7w6'.repeat(4)}`
  const lines: string[] = []
  const message = `first\nAuthorization: Bearer ${secret}\nunfinished`
  // The last line comes when the stream has closed, which may be behind the exit.
  const all = deferred<void>()
  const onStderr = (line: string) => {
    if (lines.push(line) === 3) all.resolve()
  }
  const child = startFixture('process-exits', [message], { onStderr })
  await child.exited
  await child.terminate()
  await all.promise
  expect(lines).toEqual(message.split('\n'))
  expect(child.stderrTail()).not.toContain('Z9y8')
  expect(child.stderrTail()).toContain('unfinished')
})

test('a flood on the error stream is drained into a bounded tail', async () => {
  const child = startFixture('process-floods', ['50'], { stderrTailBytes: 2_000 })
  expect(await child.exited).toEqual({ code: 0, signal: null })
  await child.terminate()
  expect(child.stderrBytes).toBe(50 * 1024 * 1024 + 'the last line\n'.length)
  expect(Buffer.byteLength(child.stderrTail())).toBe(2_000)
  expect(child.stderrTail()).toMatch(/the last line\n$/)
})

test('observers that throw do not disturb the child', async () => {
  const child = startFixture('process-exits', ['a\nb\n'], {
    onStderr: () => {
      throw new Error('observer')
    },
    onStdinError: () => {
      throw new Error('observer')
    },
  })
  child.stdin.write('nobody reads this')
  await child.exited
  await child.terminate()
  expect(child.stderrTail()).toBe('a\nb\n')
})

test('writing to a child that closed its input is told to the observer and harms nobody', async () => {
  const script = "require('fs').closeSync(0); console.log('closed'); setInterval(() => {}, 60000)"
  const error = await new Promise<Error>((resolve) => {
    const child = spawnChild({
      command: process.execPath,
      args: ['-e', script],
      onStdinError: (failure) => {
        void child.terminate({ force: true }).then(() => resolve(failure))
      },
    })
    void lineReader(child.stdout)().then(() => child.stdin.write('too late\n'))
  })
  expect(error).toMatchObject({ code: 'EPIPE' })
})

test('a missing program is told apart from a missing folder', async () => {
  const program = await failureOf(spawnChild({ command: '/nowhere/codex', cwd: temporaryFolder() }))
  expect(program).toMatchObject({ code: 'SPAWN_FAILED', errno: 'ENOENT', subject: 'command' })
  expect(program.command).toBe('/nowhere/codex')
  expect(program.message).toContain('the program does not exist')

  const folder = await failureOf(spawnChild({ command: process.execPath, cwd: '/nowhere/at/all' }))
  expect(folder).toMatchObject({ errno: 'ENOENT', subject: 'cwd' })
  expect(folder.message).toContain('/nowhere/at/all')
  expect(folder.message).toContain('the folder does not exist')
})

test('a name that PATH does not have is a missing program', async () => {
  const child = spawnChild({ command: 'no-such-program', env: { PATH: temporaryFolder() } })
  expect(await failureOf(child)).toMatchObject({ errno: 'ENOENT', subject: 'command' })
})

test('a working folder that is a file is refused', async () => {
  const child = spawnChild({ command: process.execPath, cwd: fileWith('', 0o644) })
  expect(await failureOf(child)).toMatchObject({ errno: 'ENOTDIR', subject: 'cwd' })
})

test('a program that cannot be executed says why', async () => {
  const plain = await failureOf(spawnChild({ command: fileWith('#!/bin/sh\n', 0o644) }))
  expect(plain).toMatchObject({ errno: 'EACCES', subject: 'command' })
  expect(plain.message).toContain('not executable')

  const folder = await failureOf(spawnChild({ command: temporaryFolder() }))
  expect(folder).toMatchObject({ errno: 'EACCES', subject: 'command' })
  expect(folder.message).toContain('it is a folder')

  const below = await failureOf(spawnChild({ command: `${fileWith('', 0o644)}/codex` }))
  expect(below).toMatchObject({ errno: 'ENOTDIR', subject: 'command' })
})

test('a script whose interpreter is missing is not called a missing program', async () => {
  const error = await failureOf(spawnChild({ command: fileWith('#!/nowhere/interpreter\n', 0o755) }))
  expect(error).toMatchObject({ errno: 'ENOENT', subject: 'command' })
  expect(error.message).toContain('interpreter')
})

test.each(['', 'exit 0\n'])(
  'a file without an interpreter line is never handed to a shell: %j',
  async (content) => {
    const error = await failureOf(spawnChild({ command: fileWith(content, 0o755) }))
    expect(error).toMatchObject({ errno: 'ENOEXEC', subject: 'command' })
  },
)

test('arguments that are too long for the system are a failure of the spawn', async () => {
  const child = spawnChild({ command: process.execPath, args: ['x'.repeat(8 * 1024 * 1024)] })
  expect(await failureOf(child)).toMatchObject({ errno: 'E2BIG', subject: 'system' })
})

test('the handle of a child that could not be started is safe to use', async () => {
  const child = spawnChild({ command: '/nowhere/codex' })
  expect(child.pid).toBeUndefined()
  child.stdin.write('into the void')
  child.stdin.end()
  expect(await text(child.stdout)).toBe('')
  expect(await child.exited).toEqual({ code: null, signal: null })
  expect(await child.terminate({ force: true })).toEqual({ code: null, signal: null, steps: [] })
  expect(child.stderrTail()).toBe('')
})

test.each([
  [undefined, 'options'],
  [{}, 'command'],
  [{ command: '' }, 'command'],
  [{ command: 'a\0b' }, 'command'],
  [{ command: 'a', args: 'b' }, 'args'],
  [{ command: 'a', args: ['b', 1] }, 'args[1]'],
  [{ command: 'a', args: ['b\0'] }, 'args[0]'],
  [{ command: 'a', cwd: '' }, 'cwd'],
  [{ command: 'a', cwd: new URL('file:///') }, 'cwd'],
  [{ command: 'a', env: { A: 1 } }, 'env.A'],
  [{ command: 'a', onStderr: 'log' }, 'onStderr'],
  [{ command: 'a', onStdinError: 1 }, 'onStdinError'],
  [{ command: 'a', stderrTailBytes: -1 }, 'stderrTailBytes'],
  [{ command: 'a', windowsHide: 1 }, 'windowsHide'],
])('a wrong option is refused before anything runs: %j', (options, option) => {
  const spawn = () => spawnChild(options as unknown as Parameters<typeof spawnChild>[0])
  expect(spawn).toThrow(InvalidInputError)
  expect(spawn).toThrow(expect.objectContaining({ option }))
})

test('leaving an `await using` block ends the child', async () => {
  const child = startFixture('process-stubborn')
  {
    await using guarded = child
    await lineReader(guarded.stdout)()
  }
  expect(child.exitStatus).toEqual({ code: 0, signal: null })
})
