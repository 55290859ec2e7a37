// `npm run bench [name…]`: runs the short set, or the benchmarks that are named; see docs/performance.md.
import { parseArgs } from 'node:util'
import { benchmarks } from './benchmarks/index.js'
import { compareRuns } from './harness/band.js'
import { prepareContestants } from './harness/build.js'
import { writeDocs } from './harness/docs.js'
import { thisMachine } from './harness/machine.js'
import { makeReport, type Report, targetsOf } from './harness/report.js'
import {
  PUBLISHED_FILE,
  RESULTS_FILE,
  type Results,
  readResults,
  withEarlier,
  writeResults,
} from './harness/results.js'
import { runBenchmark } from './harness/run.js'
import { comparisonSummary, targetSummary } from './harness/summary.js'
import { comparisonTable, textTable } from './harness/table.js'

const DEFAULT_ROUNDS = 3
const ROUNDS_OF_ALL = 9

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    built: { type: 'boolean', default: false },
    against: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
    'docs-only': { type: 'boolean', default: false },
  },
})
const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
const rounds = Number(options.rounds ?? (options.all ? ROUNDS_OF_ALL : DEFAULT_ROUNDS))
// Read before anything is measured or written: it may be the file that the documentation's figures go to.
const earlier = options.against === undefined ? undefined : readResults(options.against)

if (unknown.length > 0) {
  fail(`Unknown: ${unknown.join(', ')}. There are: ${benchmarks.map(({ name }) => name).join(', ')}`)
} else if (!Number.isInteger(rounds) || rounds < 1) {
  fail('--rounds takes a whole number above 0')
} else if (options.against !== undefined && !earlier) {
  fail(`--against takes the JSON of an earlier run; there is none in ${options.against}`)
} else {
  const reports = options['docs-only'] ? readResults(RESULTS_FILE)?.reports : await measure()
  if (earlier && reports) showAgainst(earlier, reports)
  if (options['write-docs'] || options['docs-only']) renewDocs()
}

async function measure(): Promise<readonly Report[]> {
  await prepareContestants({ isBuilt: options.built })
  const chosen = benchmarks.filter(
    ({ name, isShort }) => options.all || (names.length > 0 ? names.includes(name) : isShort),
  )
  const before = readResults(RESULTS_FILE)
  const reports: Report[] = []
  const start = performance.now()
  for (const benchmark of chosen) {
    const began = performance.now()
    const report = makeReport(benchmark, await runBenchmark(benchmark, rounds))
    reports.push(report)
    console.log(
      `\n${report.title} (${report.name}, ${report.rounds} rounds, ${seconds(began)})\n${textTable(report)}`,
    )
    // After each, so that a run that is broken off leaves what it has measured.
    writeResults(withEarlier(resultsOf(reports), before), RESULTS_FILE)
  }
  console.log(`\nMedians, quartiles in brackets. As JSON: ${RESULTS_FILE}`)
  console.log(targetSummary(targetsOf(reports)))
  console.log(`Measured for ${seconds(start)}.`)
  return reports
}

function resultsOf(reports: readonly Report[]): Results {
  const command = [
    'npm run bench',
    ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []),
  ].join(' ')
  return { machine: thisMachine(), date: new Date().toISOString().slice(0, 10), command, reports }
}

function showAgainst({ date, machine, reports: before }: Results, reports: readonly Report[]): void {
  const comparisons = compareRuns(before, reports)
  console.log(`\nBeside the run of ${date} (${machine.hardware}, Node ${machine.node}):`)
  console.log(comparisonTable(comparisons.filter(({ contestant }) => contestant.startsWith('codex-conduit'))))
  console.log(comparisonSummary(comparisons))
}

function renewDocs(): void {
  const results = readResults(RESULTS_FILE)
  if (!results) {
    fail(`There are no results yet in ${RESULTS_FILE}`)
    return
  }
  const known = results.reports.filter(({ name }) => benchmarks.some((benchmark) => benchmark.name === name))
  const missing = writeDocs({ ...results, reports: known })
  writeResults({ ...results, reports: known }, PUBLISHED_FILE)
  if (missing.length > 0) console.log(`Not measured, tables left as they are: ${missing.join(', ')}`)
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`
}

function fail(message: string): void {
  console.error(message)
  process.exitCode = 2
}
