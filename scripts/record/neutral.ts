import { homedir, hostname, userInfo } from 'node:os'
import { stableValues } from '../../src/testing/index.js'

const ROLLOUT_DAY = /\/\d{4}\/\d\d\/\d\d\/rollout-[\dT-]{19}-/g

/**
 * Makes a recording tell nothing of the machine that it was made on, and differ little from the one before.
 *
 * @param texts - what is particular to this recording, such as its folders, and what to write for it
 */
export function neutral(texts: Readonly<Record<string, string>>): (value: unknown) => unknown {
  const stable = stableValues({ texts: { ...texts, [homedir()]: '/home/user' } })
  return (value) => walk(stable(value), undefined)
}

function walk(value: unknown, key: string | undefined): unknown {
  if (key === 'userAgent' && typeof value === 'string') return value.replace(/\(.*\)/, '(platform)')
  if (key === 'processId' && typeof value === 'string') return '1'
  if (typeof value === 'string') return value.replace(ROLLOUT_DAY, '/2025/01/01/rollout-2025-01-01T00-00-00-')
  if (Array.isArray(value)) return value.map((element) => walk(element, undefined))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner, name)]))
}

/** Throws when a transcript names this machine, its user or a folder of theirs. */
export function checkNeutral(name: string, text: string): void {
  const { username } = userInfo()
  const particular = [homedir(), process.cwd(), `"${hostname()}"`, `/home/${username}`]
  const found = particular.filter((one) => text.includes(one))
  if (found.length > 0) throw new Error(`the transcript ${name} names this machine: ${found.join(', ')}`)
}
