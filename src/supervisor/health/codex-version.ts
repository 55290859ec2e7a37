import type { Finding } from './check.js'

/** The version of Codex that this library is tested with. */
export const TESTED_CODEX_VERSION = '0.169.0'

/** The oldest version that can be spoken with at all, and the oldest that can do nearly everything. */
const OLDEST = '0.57.0'
const ADVISED = '0.111.0'

/** Judges what `codex --version` prints. */
export function judgeVersion(printed: string): Finding {
  const [version] = /\d+\.\d+\.\d+\S*/.exec(printed) ?? []
  if (version === undefined) {
    return { status: 'warn', summary: 'It does not tell its version as Codex does', details: { printed } }
  }
  const details = { version, tested: TESTED_CODEX_VERSION }
  const is = (status: Finding['status'], words: string): Finding => ({
    status,
    summary: `Codex ${version}, ${words}`,
    details,
  })
  if (compare(version, OLDEST) < 0) return is('fail', `older than ${OLDEST}, which is the oldest that works`)
  if (compare(version, ADVISED) < 0)
    return is('warn', `older than ${ADVISED}: some of what this library does needs a newer one`)
  if (compare(version, TESTED_CODEX_VERSION) > 0) {
    return is('warn', `newer than ${TESTED_CODEX_VERSION}, the newest that was tested`)
  }
  return is('ok', version === TESTED_CODEX_VERSION ? 'the version that is tested' : 'known to work')
}

function compare(a: string, b: string): number {
  const numbers = (version: string) => version.split(/[.+-]/).slice(0, 3).map(Number)
  const [left, right] = [numbers(a), numbers(b)]
  for (const index of [0, 1, 2]) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
