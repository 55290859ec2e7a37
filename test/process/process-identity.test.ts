import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import {
  lookUpProcess,
  readPosixAnswer,
  readProcStat,
  readWindowsAnswer,
} from '../../src/process/process-identity.js'

describe('what is told of a process number', () => {
  it('is the same start whenever this process is looked up', async () => {
    const first = await lookUpProcess(process.pid)
    expect(first).toMatchObject({ isRunning: true, start: expect.stringMatching(/./) })
    expect(await lookUpProcess(process.pid)).toEqual(first)
    expect((await lookUpProcess(process.ppid)).start).not.toBe(first.start)
  })

  it('is that nobody runs under it once its process has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    const pid = child.pid as number
    expect((await lookUpProcess(pid)).isRunning).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await lookUpProcess(pid)).toEqual({ isRunning: false })
  })

  it.runIf(process.platform === 'linux' || process.platform === 'darwin')(
    'is the same start when ps is asked twice',
    async () => {
      const first = await lookUpProcess(process.pid, 'darwin')
      expect(first.isRunning).toBe(true)
      expect(await lookUpProcess(process.pid, 'darwin')).toEqual(first)
      expect(await lookUpProcess(2 ** 22 + 1, 'darwin')).toEqual({ isRunning: false })
    },
  )

  it('is read from the line of proc, whatever the program is called', () => {
    const line = (state: string) =>
      `7 (a) R 1) b) ${state} 1 7 7 0 -1 4194304 1 0 0 0 1 2 0 0 20 0 1 0 987654 1 1 1`
    expect(readProcStat(line('S'), 'boot')).toEqual({ isRunning: true, start: 'boot:987654' })
    // One that has ended and waits for its parent to notice does nothing any more.
    expect(readProcStat(line('Z'), 'boot')).toEqual({ isRunning: false })
    expect(readProcStat('nonsense', 'boot')).toEqual({ isRunning: true })
  })

  it('is read from what ps and PowerShell print', () => {
    expect(readPosixAnswer('Ss   Sat Nov  1 12:00:00 2025\n')).toEqual({
      isRunning: true,
      start: 'Sat Nov 1 12:00:00 2025',
    })
    expect(readPosixAnswer('Z+ Sat Nov  1 12:00:00 2025')).toEqual({ isRunning: false })
    expect(readPosixAnswer('')).toEqual({ isRunning: false })
    expect(readWindowsAnswer('133700000000000000\r\n')).toEqual({
      isRunning: true,
      start: '133700000000000000',
    })
    expect(readWindowsAnswer('')).toEqual({ isRunning: true })
  })
})
