import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { guardChild } from '../../src/process/exit-guard.js'
import { fixture, goneAfterKill, isRunning, lineReader, startFixture } from './helpers.js'

interface Host {
  readonly pid: number
  readonly exited: Promise<unknown[]>
  readonly line: () => Promise<string>
  /** The host's child and grandchild. */
  readonly family: readonly number[]
  kill(signal: NodeJS.Signals): void
}

/** Starts a program that uses the library; `mode` says how it answers signals and ends. */
async function startHost(mode: string): Promise<Host> {
  const host = spawn(process.execPath, ['--import', 'tsx', fixture('process-host'), mode], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(host, 'exit')
  onTestFinished(async () => {
    host.kill('SIGKILL')
    await exited
  })
  let complaint = ''
  host.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  const line = lineReader(host.stdout)
  const [word, ...pids] = (
    await line().catch((cause) => Promise.reject(new Error(complaint, { cause })))
  ).split(' ')
  const family = pids.map(Number)
  expect(word).toBe('started')
  expect(family).toHaveLength(2)
  onTestFinished(() => {
    for (const pid of family.filter(isRunning)) process.kill(pid, 'SIGKILL')
  })
  return { pid: host.pid ?? Number.NaN, exited, line, family, kill: (signal) => host.kill(signal) }
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'a host that %s ends takes its children along and still ends by that signal',
  async (signal) => {
    const host = await startHost('plain')
    host.kill(signal)
    expect(await host.exited).toEqual([null, signal])
    for (const pid of host.family) await goneAfterKill(pid)
  },
)

test.each([
  ['exit', 7],
  ['throw', 1],
])('a host that ends by itself (%s) takes its children along and keeps its exit code', async (mode, code) => {
  const host = await startHost(mode)
  expect(await host.exited).toEqual([code, null])
  for (const pid of host.family) await goneAfterKill(pid)
})

test.each(['on', 'once', 'off'])(
  'children live on when a handler of the host keeps it alive (%s)',
  async (mode) => {
    const host = await startHost(mode)
    host.kill('SIGTERM')
    expect(await host.line()).toBe('handled true')
    expect([host.pid, ...host.family].map(isRunning)).toEqual([true, true, true])
  },
)

test.each(['once', 'off'])('a host whose handler has left (%s) ends by the next signal', async (mode) => {
  const host = await startHost(mode)
  host.kill('SIGTERM')
  await host.line()
  host.kill('SIGTERM')
  expect(await host.exited).toEqual([null, 'SIGTERM'])
  for (const pid of host.family) await goneAfterKill(pid)
})

test('a host that shuts down in its own time can terminate its children first', async () => {
  const host = await startHost('graceful')
  host.kill('SIGTERM')
  expect(await host.exited).toEqual([5, null])
  for (const pid of host.family) await goneAfterKill(pid)
})

test('children live on when the host survives an uncaught exception', async () => {
  const host = await startHost('survive')
  expect(await host.line()).toBe('handled true')
  expect(host.family.map(isRunning)).toEqual([true, true])
})

test('nothing is left on the process when the last child has gone', async () => {
  const state = () => ({
    listeners: process.eventNames().map((name) => [name, process.listenerCount(name)]),
    emit: process.emit,
    reallyExit: (process as unknown as { reallyExit: unknown }).reallyExit,
  })
  const before = state()
  const first = startFixture('process-stubborn')
  const during = state()
  const second = startFixture('process-stubborn')
  expect(during).not.toEqual(before)
  expect(state()).toEqual(during)
  await first.terminate({ force: true })
  expect(state()).toEqual(during)
  await second.terminate({ force: true })
  expect(state()).toEqual(before)
})

test('withdrawing a guard twice does not withdraw another one', () => {
  const count = () => process.listenerCount('SIGTERM')
  const before = count()
  const kill = () => {}
  const releaseFirst = guardChild(kill)
  const releaseSecond = guardChild(kill)
  releaseFirst()
  releaseFirst()
  expect(count()).toBeGreaterThan(before)
  releaseSecond()
  expect(count()).toBe(before)
})
