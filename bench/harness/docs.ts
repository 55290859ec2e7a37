import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Report } from './report.js'
import type { Results } from './results.js'
import { markdownTable } from './table.js'

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

/** Puts the table of each benchmark between the marks that name it. */
export function renderPage(page: string, results: Results): RenderedPage {
  const missing: string[] = []
  const rendered = page.replace(MARKED, (old, open: string, name: string, close: string) => {
    if (name === 'machine') return `${open}${results.machine}, Node ${results.node}\n${close}`
    const report = results.reports.find((one) => one.name === name)
    if (report) return `${open}${section(report)}\n${close}`
    missing.push(name)
    return old
  })
  return { page: rendered, missing }
}

function section(report: Report): string {
  const { title, name, count, unit, rounds } = report
  const much = count > 1 ? `${count.toLocaleString('en')} ${unit} a run, ` : ''
  return `**${title}** (\`${name}\`; ${much}${rounds} rounds)\n\n${markdownTable(report)}`
}
