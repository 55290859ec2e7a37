import { expect, test } from 'vitest'
import type { ExitStatus } from '../../src/process/exit-status.js'
import { Termination, type TerminationTarget } from '../../src/process/terminate.js'
import { InvalidInputError } from '../../src/util/errors.js'
import { goneAfterKill, isRunning, lineReader, startFixture } from './helpers.js'

/** Long enough never to pass: a test that waits for it fails. */
const NEVER_MS = 600_000

test('a child that heeds the end of its input is not signalled', async () => {
  const child = startFixture('process-stubborn')
  await lineReader(child.stdout)()
  expect(await child.terminate({ stdinGraceMs: NEVER_MS })).toEqual({
    code: 0,
    signal: null,
    steps: ['stdin'],
  })
})

test('a child that ignores the end of its input gets SIGTERM', async () => {
  const child = startFixture('process-stubborn', ['stdin'])
  await lineReader(child.stdout)()
  const result = await child.terminate({ stdinGraceMs: 10, termGraceMs: NEVER_MS })
  expect(result).toEqual({ code: null, signal: 'SIGTERM', steps: ['stdin', 'term'] })
})

test('a child that ignores SIGTERM gets SIGKILL', async () => {
  const child = startFixture('process-stubborn', ['stdin', 'term'])
  await lineReader(child.stdout)()
  const result = await child.terminate({ stdinGraceMs: 10, termGraceMs: 10, killGraceMs: NEVER_MS })
  expect(result).toEqual({ code: null, signal: 'SIGKILL', steps: ['stdin', 'term', 'kill'] })
})

test('a child that is to be interrupted gets SIGINT before SIGTERM, and SIGTERM when it stays', async () => {
  const heeds = startFixture('process-stubborn', ['stdin'])
  await lineReader(heeds.stdout)()
  expect(await heeds.terminate({ stdinGraceMs: 0, interruptGraceMs: NEVER_MS })).toEqual({
    code: null,
    signal: 'SIGINT',
    steps: ['stdin', 'interrupt'],
  })
  const stays = startFixture('process-stubborn', ['stdin', 'int'])
  await lineReader(stays.stdout)()
  expect(await stays.terminate({ stdinGraceMs: 0, interruptGraceMs: 10, termGraceMs: NEVER_MS })).toEqual({
    code: null,
    signal: 'SIGTERM',
    steps: ['stdin', 'interrupt', 'term'],
  })
})

test('force goes straight to SIGKILL', async () => {
  const child = startFixture('process-stubborn')
  await lineReader(child.stdout)()
  const result = await child.terminate({ force: true })
  expect(result).toEqual({ code: null, signal: 'SIGKILL', steps: ['kill'] })
})

test('callers at the same time share one termination and a forced call ends its wait', async () => {
  const child = startFixture('process-stubborn', ['stdin', 'term'])
  await lineReader(child.stdout)()
  const first = child.terminate({ stdinGraceMs: NEVER_MS, termGraceMs: NEVER_MS })
  expect(child.terminate()).toBe(first)
  expect(child.terminate({ force: true })).toBe(first)
  expect(await first).toEqual({ code: null, signal: 'SIGKILL', steps: ['stdin', 'kill'] })
  expect(child.terminate()).toBe(first)
})

test('a grandchild that ignores everything and holds the output dies with the child', async () => {
  const child = startFixture('process-parent')
  const grandchild = Number(await lineReader(child.stdout)())
  expect(isRunning(grandchild)).toBe(true)
  const result = await child.terminate({ stdinGraceMs: NEVER_MS })
  expect(result).toEqual({ code: 0, signal: null, steps: ['stdin', 'group'] })
  expect(child.stdout.closed).toBe(true)
  await goneAfterKill(grandchild)
})

test('the exit of a child is told although a grandchild outside its group holds the output', async () => {
  const child = startFixture('process-parent', ['detached'])
  const grandchild = Number(await lineReader(child.stdout)())
  try {
    child.stdin.end()
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(child.stdout.closed).toBe(false)
    expect(await child.terminate({ drainGraceMs: 10 })).toEqual({ code: 0, signal: null, steps: [] })
    expect([child.stdin.closed, child.stdout.closed]).toEqual([true, true])
    expect(isRunning(grandchild)).toBe(true)
  } finally {
    process.kill(grandchild, 'SIGKILL')
  }
})

test('a grandchild left behind by a child that crashed is killed without anybody asking', async () => {
  const child = startFixture('process-parent')
  const grandchild = Number(await lineReader(child.stdout)())
  process.kill(child.pid ?? Number.NaN, 'SIGKILL')
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' })
  await goneAfterKill(grandchild)
})

test('a child that not even SIGKILL ends is given up within the times', async () => {
  const calls: string[] = []
  const target: TerminationTarget = {
    exited: new Promise<ExitStatus>(() => {}),
    status: () => undefined,
    endInput: () => calls.push('end'),
    signal: (signal) => calls.push(signal),
    leftSurvivors: () => false,
    release: async (drainGraceMs) => {
      calls.push(`release ${drainGraceMs}`)
    },
  }
  const times = { stdinGraceMs: 0, termGraceMs: 0, killGraceMs: 0, drainGraceMs: 7 }
  expect(await new Termination(target).run(times)).toEqual({
    code: null,
    signal: null,
    steps: ['stdin', 'term', 'kill', 'abandoned'],
  })
  expect(calls).toEqual(['end', 'SIGTERM', 'SIGKILL', 'release 7'])
})

test.each(['stdinGraceMs', 'interruptGraceMs', 'termGraceMs', 'killGraceMs', 'drainGraceMs'])(
  'a wrong %s is refused and leaves the child alone',
  async (option) => {
    const child = startFixture('process-stubborn')
    await lineReader(child.stdout)()
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1']) {
      expect(() => child.terminate({ [option]: value })).toThrow(InvalidInputError)
      expect(() => child.terminate({ [option]: value })).toThrow(expect.objectContaining({ option }))
    }
    expect(child.exitStatus).toBeUndefined()
    expect(child.stdin.writable).toBe(true)
  },
)
