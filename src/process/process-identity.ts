import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** What the system tells of a process number. */
export interface ProcessState {
  /** Whether a process that can still do something has this number. One that has ended and waits for its parent has not. */
  readonly isRunning: boolean
  /**
   * Tells this run of the number from every other: the system gives a number again once its process has ended.
   * Compare it only with one that was read on the same machine. Absent when the system does not tell.
   */
  readonly start?: string
}

const LOOK_UP_TIMEOUT_MS = 10_000
const GONE: ProcessState = { isRunning: false }

/** Looks a process number up. Never rejects: what cannot be found out counts as running, with an unknown start. */
export async function lookUpProcess(pid: number, platform = process.platform): Promise<ProcessState> {
  if (!exists(pid)) return GONE
  if (platform === 'linux' || platform === 'android') return lookUpInProc(pid)
  const [program, args] = platform === 'win32' ? windowsQuery(pid) : posixQuery(pid)
  const answer = await run(program, args)
  // The process may have ended while the program that was asked for it ran.
  if (answer === undefined) return exists(pid) ? { isRunning: true } : GONE
  return platform === 'win32' ? readWindowsAnswer(answer) : readPosixAnswer(answer)
}

/** Reads `/proc/PID/stat`. The name of the program, in brackets, may itself hold blanks and brackets. */
export function readProcStat(stat: string, bootId: string): ProcessState {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  if (state === 'Z' || state === 'X' || state === 'x') return GONE
  // Ticks since the machine was started, field 22 of the whole line.
  const ticks = fields[19]
  return ticks === undefined || !/^\d+$/.test(ticks)
    ? { isRunning: true }
    : { isRunning: true, start: `${bootId}:${ticks}` }
}

/** Reads what `ps -o stat=,lstart=` prints: the state, then the time at which the process was started. */
export function readPosixAnswer(answer: string): ProcessState {
  const [state, ...start] = answer.trim().split(/\s+/)
  if (state === undefined || state === '' || state.startsWith('Z')) return GONE
  return start.length === 0 ? { isRunning: true } : { isRunning: true, start: start.join(' ') }
}

/** Reads the number of 100 ns steps that PowerShell prints. */
export function readWindowsAnswer(answer: string): ProcessState {
  const start = answer.trim()
  return /^\d+$/.test(start) ? { isRunning: true, start } : { isRunning: true }
}

function lookUpInProc(pid: number): ProcessState {
  try {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return readProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'), bootId)
  } catch {
    // Other users' processes can be hidden.
    return exists(pid) ? { isRunning: true } : GONE
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM'
  }
}

function posixQuery(pid: number): readonly [string, readonly string[]] {
  return ['ps', ['-o', 'stat=,lstart=', '-p', String(pid)]]
}

function windowsQuery(pid: number): readonly [string, readonly string[]] {
  const folder = path.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'WindowsPowerShell', 'v1.0')
  const script = `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`
  return [path.join(folder, 'powershell.exe'), ['-NoProfile', '-NonInteractive', '-Command', script]]
}

function run(program: string, args: readonly string[]): Promise<string | undefined> {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  const options = { timeout: LOOK_UP_TIMEOUT_MS, windowsHide: true, env }
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout) => resolve(error === null ? stdout : undefined))
  })
}
