import { execFile, spawnSync } from 'node:child_process'
import path from 'node:path'

/** How firmly a process tree is asked to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGKILL'

const TASKKILL_TIMEOUT_MS = 5_000

/**
 * Signals a child and what it started: its process group, or on Windows its tree by way of `taskkill`.
 * Only for a child whose exit has not been reported: until then its number belongs to it alone. Never throws.
 */
export function signalTree(pid: number, signal: EndSignal, platform = process.platform): void {
  if (platform !== 'win32') {
    if (!tryKill(-pid, signal)) tryKill(pid, signal)
    return
  }
  try {
    const options = { timeout: TASKKILL_TIMEOUT_MS, windowsHide: true }
    execFile(taskkillPath(), taskkillArgs(pid, signal), options, (error) => {
      // A console program refuses the polite form; the next step of the termination is the forced one.
      if (error !== null && signal === 'SIGKILL') tryKill(pid, signal)
    })
  } catch {
    tryKill(pid, signal)
  }
}

/** Kills a child's whole tree before it returns, for a process that is about to end itself. Never throws. */
export function killTreeNow(pid: number, platform = process.platform): void {
  if (platform !== 'win32') {
    if (!tryKill(-pid, 'SIGKILL')) tryKill(pid, 'SIGKILL')
    return
  }
  const options = { timeout: TASKKILL_TIMEOUT_MS, windowsHide: true, stdio: 'ignore' } as const
  if (spawnSync(taskkillPath(), taskkillArgs(pid, 'SIGKILL'), options).status !== 0) tryKill(pid, 'SIGKILL')
}

/**
 * Kills what is left of the group of a child that has just exited; returns whether anything was left.
 *
 * A group's number stays taken while it has members, so they can be signalled safely although their leader is
 * gone. An empty group frees the number for a stranger: call this in the very callback that reports the exit,
 * and never signal the group again afterwards.
 */
export function killSurvivors(pid: number, platform = process.platform): boolean {
  return platform !== 'win32' && tryKill(-pid, 0) && tryKill(-pid, 'SIGKILL')
}

/**
 * Whether the group of a child whose exit was reported still has members, as far as that is certain: the number
 * of the leader must be free, or a stranger has it by now. Not known on Windows. Never throws.
 */
export function hasOrphans(pid: number, platform = process.platform): boolean {
  return platform !== 'win32' && !exists(pid) && exists(-pid)
}

/** Kills what {@link hasOrphans} tells of. Never throws. */
export function killOrphans(pid: number, platform = process.platform): void {
  if (hasOrphans(pid, platform)) tryKill(-pid, 'SIGKILL')
}

/** Whether a process or group is there, be it one that this process may not signal. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function tryKill(pid: number, signal: EndSignal | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

function taskkillPath(): string {
  return path.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'taskkill.exe')
}

function taskkillArgs(pid: number, signal: EndSignal): string[] {
  const args = ['/PID', String(pid), '/T']
  return signal === 'SIGKILL' ? [...args, '/F'] : args
}
