import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Report } from './report.js'

/** Where a run leaves its figures. */
export const RESULTS_FILE = fileURLToPath(new URL('../.cache/results.json', import.meta.url))

/** What a run measured, and on what. */
export interface Results {
  readonly machine: string
  readonly node: string
  readonly reports: readonly Report[]
}

/** The results of these reports on this machine. */
export function makeResults(reports: readonly Report[]): Results {
  const { model = 'unknown', length = 0 } = { model: cpus()[0]?.model.trim(), length: cpus().length }
  const gigabytes = Math.round(totalmem() / 1024 ** 3)
  return {
    machine: `${model}, ${length} cores, ${gigabytes} GB, ${process.platform} ${process.arch}`,
    node: process.version,
    reports,
  }
}

/** Writes results as JSON, in place of those of earlier runs of the same benchmarks; others stay. */
export function writeResults(results: Results, file = RESULTS_FILE): void {
  const measured = new Set(results.reports.map(({ name }) => name))
  const kept = readResults(file)?.reports.filter(({ name }) => !measured.has(name)) ?? []
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ ...results, reports: [...kept, ...results.reports] }, null, 2)}\n`)
}

/** The results of earlier runs; `undefined` when there are none. */
export function readResults(file = RESULTS_FILE): Results | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
