import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isSameMachine, type Machine } from './machine.js'
import type { Report } from './report.js'

/** Where a run leaves its figures. */
export const RESULTS_FILE = fileURLToPath(new URL('../.cache/results.json', import.meta.url))
/** The figures that the tables of the documentation show. */
export const PUBLISHED_FILE = fileURLToPath(new URL('../results.json', import.meta.url))

const DIGITS = 4

/** What a run measured, when and on what. */
export interface Results {
  readonly machine: Machine
  /** The day of the run, as 2026-11-21. */
  readonly date: string
  /** What was typed. */
  readonly command: string
  readonly reports: readonly Report[]
}

/**
 * Results with those of an earlier run for what was not measured now: the two are shown as one. Of an earlier run on
 * another machine or another Node nothing is kept.
 */
export function withEarlier(results: Results, earlier: Results | undefined): Results {
  if (!earlier || !isSameMachine(results.machine, earlier.machine)) return results
  const measured = new Set(results.reports.map(({ name }) => name))
  const kept = earlier.reports.filter(({ name }) => !measured.has(name))
  return { ...results, reports: [...kept, ...results.reports] }
}

/** Writes results as JSON, a contestant a line. */
export function writeResults(results: Results, file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, resultsText(results))
}

/** The results of an earlier run; `undefined` when there are none. */
export function readResults(file: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Results as JSON that can be read as a diff: a contestant a line, fractions with four digits. */
export function resultsText({ reports, ...run }: Results): string {
  const report = ({ rows, ...about }: Report) => withList(about, 'rows', rows.map(json))
  return `${withList(run, 'reports', reports.map(report))}\n`
}

/** An object as JSON with a list as its last member, whose entries have lines of their own. */
function withList(object: object, name: string, entries: readonly string[]): string {
  return `${json(object).slice(0, -1)},"${name}":[\n${entries.join(',\n')}\n]}`
}

function json(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'number' && !Number.isInteger(member) ? Number(member.toPrecision(DIGITS)) : member,
  )
}
