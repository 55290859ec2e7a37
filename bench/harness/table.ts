import type { Comparison } from './band.js'
import type { Measure } from './benchmark.js'
import type { Growth } from './growth.js'
import type { Report, Row } from './report.js'
import type { Spread } from './statistics.js'
import { markedText } from './targets.js'

interface Column {
  readonly title: (report: Report) => string
  readonly cell: (row: Row) => string
}

/** Lines of cells, the first of them the titles. */
type Cells = readonly (readonly string[])[]

const CONTESTANT: Column = { title: () => '', cell: (row) => row.contestant }
const PEAK: Column = { title: () => 'peak RSS', cell: (row) => `${row.peakRssMb.median.toFixed(0)} MB` }
const TARGET: Column = { title: () => 'target', cell: (row) => row.targets.map(markedText).join(', ') }
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
    { title: () => 'last / second', cell: (row) => row.memoryGrowth?.median.toFixed(2) ?? '' },
    TARGET,
  ],
}

/** The rows of a report as Markdown. */
export function markdownTable(report: Report): string {
  return asMarkdown(cellsOf(report))
}

/** The rows of a report for a terminal. */
export function textTable(report: Report): string {
  return asText(cellsOf(report))
}

/** One table of what becomes of costs and memory when there is more of something, as Markdown. */
export function growthTable(growths: readonly Growth[]): string {
  return asMarkdown([
    ['', 'from', 'to', 'cost of one', 'grows, ×', 'the bare loop, ×', 'should be', ''],
    ...growths.map(({ of, figure, sizes, values, ours, bare, expected, isFlat }) => [
      of,
      ...sizes,
      values.map(figure === 'cpu' ? duration : (value) => `${value.toFixed(0)} MB`).join(' → '),
      ratio(ours),
      bare ? ratio(bare) : '',
      expected,
      isFlat ? '✓' : '✗',
    ]),
  ])
}

/** Figures of two runs side by side, for a terminal. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  return asText([
    ['', '', 'figure', 'earlier', 'now', 'within the band'],
    ...comparisons.map(({ benchmark, contestant, figure, earlier, later, isWithin }) => [
      benchmark,
      contestant,
      figure,
      ratio(earlier),
      ratio(later),
      isWithin ? 'yes' : 'NO',
    ]),
  ])
}

function cellsOf(report: Report): Cells {
  const columns = COLUMNS[report.measure]
  return [
    columns.map(({ title }) => title(report)),
    ...report.rows.map((row) => columns.map(({ cell }) => cell(row))),
  ]
}

function asMarkdown([titles = [], ...rows]: Cells): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = titles.map((_, index) => (index === 0 ? '---' : '---:'))
  return [titles, rule, ...rows].map(line).join('\n')
}

function asText(lines: Cells): string {
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0))) ?? []
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
  return lines.map((cells) => `  ${cells.map(pad).join('   ').trimEnd()}`).join('\n')
}

function ratio(of: Spread): string {
  return spreadText(of, 2)
}

/** The median, and the quartiles in brackets. */
function spreadText({ low, median, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
}

function quantity(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`
  return value >= 1e3 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(1)
}

function duration(nanoseconds: number): string {
  if (nanoseconds >= 1e6) return `${(nanoseconds / 1e6).toFixed(1)} ms`
  if (nanoseconds >= 1e4) return `${(nanoseconds / 1e3).toFixed(1)} µs`
  return `${nanoseconds.toFixed(nanoseconds < 10 ? 1 : 0)} ns`
}
