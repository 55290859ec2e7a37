// `npm run bench [name…]`: runs the short set, or the benchmarks that are named; see docs/performance.md.
import { parseArgs } from 'node:util'
import { benchmarks } from './benchmarks/index.js'
import { prepareContestants } from './harness/build.js'
import { writeDocs } from './harness/docs.js'
import { makeReport, type Report } from './harness/report.js'
import { makeResults, RESULTS_FILE, readResults, writeResults } from './harness/results.js'
import { runBenchmark } from './harness/run.js'
import { textTable } from './harness/table.js'

const DEFAULT_ROUNDS = 3
const ROUNDS_OF_ALL = 9

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    built: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
    'docs-only': { type: 'boolean', default: false },
  },
})
const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
const rounds = Number(options.rounds ?? (options.all ? ROUNDS_OF_ALL : DEFAULT_ROUNDS))

if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. There are: ${benchmarks.map(({ name }) => name).join(', ')}`)
  process.exitCode = 2
} else if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('--rounds takes a whole number above 0')
  process.exitCode = 2
} else {
  if (!options['docs-only']) await measure()
  if (options['write-docs'] || options['docs-only']) renewDocs()
}

async function measure(): Promise<void> {
  if (!options.built) await prepareContestants()
  const chosen = benchmarks.filter(
    ({ name, isShort }) => options.all || (names.length > 0 ? names.includes(name) : isShort),
  )
  const reports: Report[] = []
  for (const benchmark of chosen) {
    const report = makeReport(benchmark, await runBenchmark(benchmark, rounds))
    reports.push(report)
    console.log(`\n${report.title} (${report.name}, ${rounds} rounds)\n${textTable(report)}`)
    // After each, so that a run that is broken off leaves what it has measured.
    writeResults(makeResults(reports))
  }
  console.log(`\nMedians, quartiles in brackets. As JSON: ${RESULTS_FILE}`)
}

function renewDocs(): void {
  const results = readResults()
  if (!results) {
    console.error(`There are no results yet in ${RESULTS_FILE}`)
    process.exitCode = 1
    return
  }
  const missing = writeDocs(results)
  if (missing.length > 0) console.log(`Not measured, tables left as they are: ${missing.join(', ')}`)
}
