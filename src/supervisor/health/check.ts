import { redact, redactJson } from '../../redaction/index.js'
import { InvalidInputError } from '../../util/errors.js'

/**
 * How a check went: `ok`, `warn` for what works but should be looked at, `fail` for what will not work, `skipped` for
 * what was not asked for, or cannot be checked after what failed before.
 */
export type HealthStatus = 'ok' | 'warn' | 'fail' | 'skipped'

/** One thing that was checked. Plain data without secrets. */
export interface HealthCheck {
  readonly name: string
  readonly status: HealthStatus
  /** What was found, in one sentence. */
  readonly summary: string
  /** What is behind it. */
  readonly details?: unknown
  /** How long it took, in milliseconds. */
  readonly durationMs: number
}

/** What was checked. Plain data without secrets. */
export interface HealthReport {
  /** Whether nothing failed. */
  readonly ok: boolean
  readonly checks: readonly HealthCheck[]
}

/** What a check has found. */
export interface Finding {
  readonly status: HealthStatus
  readonly summary: string
  readonly details?: unknown
}

/** Runs a check. Never rejects: what it throws is its failure. */
export async function runCheck(name: string, check: () => Promise<Finding> | Finding): Promise<HealthCheck> {
  const startedAt = performance.now()
  const took = () => Math.round(performance.now() - startedAt)
  try {
    const { status, summary, details } = await check()
    const found = { name, status, summary: redact(summary) }
    return details === undefined
      ? { ...found, durationMs: took() }
      : { ...found, details: redactJson(details), durationMs: took() }
  } catch (error) {
    const summary = redact(error instanceof Error ? error.message : String(error))
    return { name, status: 'fail', summary, durationMs: took() }
  }
}

/** Puts checks together. */
export function reportOf(checks: readonly HealthCheck[]): HealthReport {
  return { ok: checks.every(({ status }) => status !== 'fail'), checks }
}

/** A report for people: one line for each check. Throws `InvalidInputError` for what is no report. */
export function formatHealth(report: HealthReport): string {
  if (!isReport(report))
    throw new InvalidInputError('report', report, 'what `doctor` or `runSmoke` resolves with')
  const { ok, checks } = report
  const width = Math.max(...checks.map(({ name }) => name.length))
  const lines = checks.map(({ name, status, summary, durationMs }) => {
    const time = durationMs >= 1 ? ` (${durationMs} ms)` : ''
    // Of a longer text, such as the end of an error stream, the first line says most.
    return `${status.padEnd(7)} ${name.padEnd(width)}  ${summary.split('\n', 1)[0]}${time}`
  })
  return [...lines, ok ? 'All is well.' : 'Something is wrong.'].join('\n')
}

function isReport(report: unknown): boolean {
  const { ok, checks } = (report ?? {}) as Partial<HealthReport>
  return typeof ok === 'boolean' && Array.isArray(checks) && checks.every(isCheck)
}

function isCheck(check: unknown): boolean {
  const { name, status, summary, durationMs } = (check ?? {}) as Partial<HealthCheck>
  return [name, status, summary].every((text) => typeof text === 'string') && typeof durationMs === 'number'
}
