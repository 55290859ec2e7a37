import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { killSurvivors, killTreeNow, signalTree } from '../../src/process/process-tree.js'
import { lineReader, startFixture, temporaryFolder } from './helpers.js'

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
