import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Report } from './report.js'
import type { Results } from './results.js'
import { markdownTable } from './table.js'

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const MARKED = /(<!-- bench:([\w-]+) -->\n)[\s\S]*?(<!-- \/bench -->)/g

/**
 * Writes the tables of the page of documentation anew, each between the marks that name its benchmark.
 * Returns the names for which there were no results; their tables stay as they are.
 */
export function writeDocs(results: Results): string[] {
  const missing: string[] = []
  const page = readFileSync(PAGE, 'utf8').replace(
    MARKED,
    (old, open: string, name: string, close: string) => {
      if (name === 'machine') return `${open}${results.machine}, Node ${results.node}\n${close}`
      const report = results.reports.find((one) => one.name === name)
      if (report) return `${open}${section(report)}\n${close}`
      missing.push(name)
      return old
    },
  )
  writeFileSync(PAGE, page)
  return missing
}

function section(report: Report): string {
  const { title, name, count, unit, rounds } = report
  const much = count > 1 ? `${count.toLocaleString('en')} ${unit} a run, ` : ''
  return `**${title}** (\`${name}\`; ${much}${rounds} rounds)\n\n${markdownTable(report)}`
}
