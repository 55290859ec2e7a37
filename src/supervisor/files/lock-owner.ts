import { hostname } from 'node:os'
import { lookUpProcess } from '../../process/process-identity.js'

/** Who holds a lock, as its file tells. */
export interface LockOwner {
  readonly pid: number
  /** Tells this run of the process number from others; absent when the system does not tell. */
  readonly start?: string
  readonly host: string
  /** Whether the lock was given back. */
  readonly isReleased: boolean
}

/** The line that is added when a lock is given back. */
export const RELEASE_NOTE = 'released\n'

/** What the file of a lock holds that this process takes. */
export async function describeOwnProcess(): Promise<string> {
  const { start } = await lookUpProcess(process.pid)
  return `${JSON.stringify({ pid: process.pid, start, host: hostname() })}\n`
}

/** Reads the file of a lock; `undefined` when no process of ours can have written it. */
export function readOwner(contents: string): LockOwner | undefined {
  const [first = '', second] = contents.split('\n')
  const owner = parse(first)
  if (typeof owner !== 'object' || owner === null) return undefined
  const { pid, start, host } = owner as Record<string, unknown>
  if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || typeof host !== 'string') return undefined
  const isReleased = `${second}\n` === RELEASE_NOTE
  const known = { pid: pid as number, host, isReleased }
  return typeof start === 'string' ? { ...known, start } : known
}

/**
 * Whether the process that took a lock may still hold it. One of another machine may: it cannot be asked after.
 */
export async function isHeld(owner: LockOwner): Promise<boolean> {
  if (owner.isReleased) return false
  if (owner.host !== hostname()) return true
  const { isRunning, start } = await lookUpProcess(owner.pid)
  if (!isRunning) return false
  return owner.start === undefined || start === undefined || owner.start === start
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
