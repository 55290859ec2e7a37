import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Report, targetsOf } from './report.js'
import type { Results } from './results.js'
import { targetSummary } from './summary.js'
import { growthTable, markdownTable } from './table.js'

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const MARKED = /(<!-- bench:([\w-]+) -->\n)[\s\S]*?(<!-- \/bench -->)/g

/** The page with its tables made anew, and the benchmarks without results, whose tables stay as they are. */
export interface RenderedPage {
  readonly page: string
  readonly missing: readonly string[]
}

/** Writes the tables of the page of documentation anew. Returns the benchmarks for which there were no results. */
export function writeDocs(results: Results): readonly string[] {
  const { page, missing } = renderPage(readFileSync(PAGE, 'utf8'), results)
  writeFileSync(PAGE, page)
  return missing
}

/** Puts the table of each benchmark between the marks that name it, and those of all where they belong. */
export function renderPage(page: string, results: Results): RenderedPage {
  const missing: string[] = []
  const rendered = page.replace(MARKED, (old, open: string, name: string, close: string) => {
    const report = results.reports.find((one) => one.name === name)
    const text = ofAll[name]?.(results) ?? (report && section(report))
    if (text !== undefined) return `${open}${text}\n${close}`
    missing.push(name)
    return old
  })
  return { page: rendered, missing }
}

/** What is made of all results together, by the name of its place on the page. */
const ofAll: Readonly<Record<string, (results: Results) => string | undefined>> = {
  machine: ({ machine, date, command }) => {
    const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`)
    return `${machine.hardware}, Node ${machine.node}; ${versions.join(', ')}. \`${command}\` on ${date}.`
  },
  targets: ({ reports }) => targetSummary(targetsOf(reports)),
  growth: ({ reports }) => {
    const growths = reports.flatMap(({ growth = [] }) => growth)
    return growths.length > 0 ? growthTable(growths) : undefined
  },
}

function section(report: Report): string {
  const { title, name, count, unit, rounds } = report
  const much = count > 1 ? `${count.toLocaleString('en')} ${unit} a run, ` : ''
  return `**${title}** (\`${name}\`; ${much}${rounds} ${rounds === 1 ? 'round' : 'rounds'})\n\n${markdownTable(report)}`
}
