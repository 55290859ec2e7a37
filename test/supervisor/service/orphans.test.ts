import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookUpProcess } from '../../../src/process/process-identity.js'
import { endProcess } from '../../../src/supervisor/server/end-process.js'
import { leaseHome } from '../../../src/supervisor/server/home-lease.js'
import { freshFolder } from '../folders.js'

/** A program that runs until it is ended. */
async function startSleeper(script = '') {
  const child = spawn(process.execPath, ['-e', `${script}; setInterval(() => {}, 1e6); console.log('up')`], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  await once(child.stdout, 'data')
  const pid = child.pid as number
  const { start } = await lookUpProcess(pid)
  return { pid, start, exited: once(child, 'exit') }
}

describe('the ending of a process that is no child', () => {
  it('takes the mildest signal that does', async () => {
    const { pid, start, exited } = await startSleeper()
    expect(await endProcess({ pid, start })).toBe('ended')
    expect(await exited).toEqual([null, 'SIGINT'])
    expect(await endProcess({ pid, start })).toBe('gone')
  })

  it('ends one that ignores all milder signals', async () => {
    const ignore = "process.on('SIGINT', () => {}); process.on('SIGTERM', () => {})"
    const { pid, start, exited } = await startSleeper(ignore)
    expect(await endProcess({ pid, start }, { graceMs: 60 })).toBe('ended')
    expect(await exited).toEqual([null, 'SIGKILL'])
  })

  it('leaves a process alone that has only the same number', async () => {
    const { pid, start, exited } = await startSleeper()
    expect(await endProcess({ pid, start: 'another' })).toBe('gone')
    expect(await endProcess({ pid })).toBe('gone')
    expect((await lookUpProcess(pid)).isRunning).toBe(true)
    await endProcess({ pid, start })
    await exited
  })

  it('tells of one that nothing ends', async () => {
    const signals: string[] = []
    const end = await endProcess(
      { pid: 2, start: 's' },
      {
        lookUp: async () => ({ isRunning: true, start: 's' }),
        signal: (_pid, signal) => signals.push(signal),
        graceMs: 1,
      },
    )
    expect([end, signals]).toEqual(['survived', ['SIGINT', 'SIGTERM', 'SIGKILL']])
  })
})

describe('the lease of a Codex home', () => {
  const noteOf = (home: string) => join(home, 'conduit-server.json')

  it('ends the server that a killed program has left', async () => {
    const home = await freshFolder()
    const { pid, start, exited } = await startSleeper()
    await writeFile(noteOf(home), JSON.stringify({ pid, start, host: hostname() }))
    const lease = await leaseHome(home)
    expect(lease.endedOrphan).toBe(pid)
    await exited
    await lease.release()
    const next = await leaseHome(home)
    expect(next.endedOrphan).toBeUndefined()
    await next.release()
  })

  it('is had by one at a time', async () => {
    const home = await freshFolder()
    const lease = await leaseHome(home)
    await lease.note(process.pid)
    await expect(leaseHome(home)).rejects.toMatchObject({ code: 'FOLDER_LOCKED', pid: process.pid })
    await lease.release()
    await (await leaseHome(home)).release()
  })

  it.each([
    'nonsense',
    '',
    'null',
    '{"pid":"1"}',
    '{"pid":1,"start":"x"}',
    JSON.stringify({ pid: process.pid, start: 'x', host: 'elsewhere' }),
    JSON.stringify({ pid: process.pid, host: hostname() }),
  ])('ends nothing on the word of %s', async (note) => {
    const home = await freshFolder()
    await writeFile(noteOf(home), note)
    const lease = await leaseHome(home)
    expect(lease.endedOrphan).toBeUndefined()
    await lease.release()
  })

  it('is refused when what was left cannot be ended, and can be asked for again', async () => {
    const home = await freshFolder()
    await writeFile(noteOf(home), JSON.stringify({ pid: 999_999_999, start: 'x', host: hostname() }))
    const leasing = leaseHome(home, { end: async () => 'survived' })
    await expect(leasing).rejects.toMatchObject({ code: 'ORPHAN_SURVIVED', pid: 999_999_999 })
    await (await leaseHome(home)).release()
  })
})
