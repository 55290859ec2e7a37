import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import {
  hasOrphans,
  killOrphans,
  killSurvivors,
  killTreeNow,
  signalTree,
} from '../../src/process/process-tree.js'
import { goneAfterKill, isRunning, lineReader, startFixture, temporaryFolder } from './helpers.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** A stand-in for Windows' taskkill that writes down its arguments and fails or not. */
function fakeTaskkill(exitCode: number): () => string {
  const root = temporaryFolder()
  const program = path.join(root, 'System32', 'taskkill.exe')
  const record = path.join(root, 'arguments')
  mkdirSync(path.dirname(program))
  writeFileSync(program, `#!/bin/sh\necho "$@" >> '${record}'\nexit ${exitCode}\n`)
  chmodSync(program, 0o755)
  vi.stubEnv('SystemRoot', root)
  return () => readFileSync(record, 'utf8')
}

test('on Windows the whole tree is ended by taskkill before the call returns', async () => {
  const child = startFixture('process-stubborn')
  await lineReader(child.stdout)()
  const record = fakeTaskkill(0)
  killTreeNow(child.pid ?? Number.NaN, 'win32')
  expect(record()).toBe(`/PID ${child.pid} /T /F\n`)
})

test('on Windows the child itself is killed when taskkill fails or is missing', async () => {
  const first = startFixture('process-stubborn')
  const second = startFixture('process-stubborn')
  await Promise.all([lineReader(first.stdout)(), lineReader(second.stdout)()])
  fakeTaskkill(1)
  signalTree(first.pid ?? Number.NaN, 'SIGKILL', 'win32')
  expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' })
  vi.stubEnv('SystemRoot', temporaryFolder())
  signalTree(second.pid ?? Number.NaN, 'SIGKILL', 'win32')
  expect(await second.exited).toEqual({ code: null, signal: 'SIGKILL' })
})

test('a group that has gone is not signalled and nothing is thrown', async () => {
  const child = startFixture('process-exits')
  await child.exited
  expect(killSurvivors(child.pid ?? Number.NaN)).toBe(false)
})

test('what outlived the leader of its group is found and killed, and nothing else is', async () => {
  const script = 'sleep 1000 </dev/null >/dev/null 2>&1 & echo $!'
  const leader = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  const pid = leader.pid ?? Number.NaN
  const [told] = (await once(leader.stdout, 'data')) as [Buffer]
  const orphan = Number.parseInt(told.toString(), 10)
  if (leader.exitCode === null) await once(leader, 'exit')
  expect(hasOrphans(pid)).toBe(true)
  expect(hasOrphans(pid, 'win32')).toBe(false)
  killOrphans(pid)
  await goneAfterKill(orphan)
  killOrphans(pid)
  // The leader is there: its group is not one of orphans, and is left alone.
  const other = startFixture('process-stubborn')
  await lineReader(other.stdout)()
  expect(hasOrphans(other.pid ?? Number.NaN)).toBe(false)
  killOrphans(other.pid ?? Number.NaN)
  expect(isRunning(other.pid ?? Number.NaN)).toBe(true)
})
