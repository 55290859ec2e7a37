import type { Measure } from './benchmark.js'
import type { Report, Row } from './report.js'
import type { Spread } from './statistics.js'

interface Column {
  readonly title: (report: Report) => string
  readonly cell: (row: Row) => string
}

const CONTESTANT: Column = { title: () => '', cell: (row) => row.contestant }
const PEAK: Column = { title: () => 'peak RSS', cell: (row) => `${row.peakRssMb.median.toFixed(0)} MB` }
const TARGET: Column = { title: () => 'target', cell: (row) => row.target ?? '' }
const CPU_RATIO: Column = { title: () => 'CPU, × first', cell: (row) => ratio(row.cpuRatio) }

const COLUMNS: Readonly<Record<Measure, readonly Column[]>> = {
  rate: [
    CONTESTANT,
    { title: ({ unit }) => `${unit}/s`, cell: (row) => quantity(row.rate.median) },
    { title: () => 'speed, × first', cell: (row) => ratio(row.rateRatio) },
    { title: () => 'CPU a unit', cell: (row) => duration(row.cpuNanosecondsPerUnit.median) },
    CPU_RATIO,
    PEAK,
    TARGET,
  ],
  cost: [
    CONTESTANT,
    { title: () => 'time a unit', cell: (row) => duration(row.nanosecondsPerUnit.median) },
    { title: () => 'CPU a unit', cell: (row) => duration(row.cpuNanosecondsPerUnit.median) },
    CPU_RATIO,
    PEAK,
    TARGET,
  ],
  extra: [
    CONTESTANT,
    { title: () => 'time', cell: (row) => `${row.milliseconds.median.toFixed(1)} ms` },
    { title: () => 'beyond the first', cell: (row) => `${spreadText(row.extraMilliseconds, 1)} ms` },
    { title: () => 'memory beyond it', cell: (row) => `${row.extraRssMb.median.toFixed(1)} MB` },
    TARGET,
  ],
  memory: [
    CONTESTANT,
    { title: () => 'RSS in MB at each tenth', cell: (row) => (row.samples ?? []).join(' ') },
    { title: () => 'last / second', cell: growth },
    TARGET,
  ],
}

/** The rows of a report as Markdown. */
export function markdownTable(report: Report): string {
  const columns = COLUMNS[report.measure]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(columns.map(({ title }) => title(report))),
    line(columns.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...report.rows.map((row) => line(columns.map(({ cell }) => cell(row)))),
  ].join('\n')
}

/** The rows of a report for a terminal. */
export function textTable(report: Report): string {
  const columns = COLUMNS[report.measure]
  const lines = [columns.map(({ title }) => title(report))]
  for (const row of report.rows) lines.push(columns.map(({ cell }) => cell(row)))
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => (cells[index] ?? '').length)))
  return lines
    .map((cells) =>
      cells
        .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
        .join('   '),
    )
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n')
}

function ratio(of: Spread): string {
  return spreadText(of, 2)
}

/** The median, and the quartiles in brackets. */
function spreadText({ low, median, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
}

function growth({ samples }: Row): string {
  const [, second, last] = [0, samples?.[1], samples?.at(-1)]
  return second === undefined || last === undefined ? '' : (last / second).toFixed(2)
}

function quantity(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`
  return value >= 1e3 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(1)
}

function duration(nanoseconds: number): string {
  if (nanoseconds >= 1e6) return `${(nanoseconds / 1e6).toFixed(1)} ms`
  return nanoseconds >= 1e4 ? `${(nanoseconds / 1e3).toFixed(1)} µs` : `${nanoseconds.toFixed(0)} ns`
}
