// `npm run compat -- <versions…>`: asks real versions of Codex what they can do through this library, prints the
// table and writes docs/compatibility.md. Ends with 1 when a version lacks what every turn needs. Versions are
// installed into a folder that git ignores, and stay there.
import { writeFileSync } from 'node:fs'
import { approvalProbes } from './compat/approval-probes.js'
import { installCodex } from './compat/install.js'
import { chooseModel } from './compat/model.js'
import { type Answer, answer, type Probe } from './compat/probe.js'
import { type Column, toPage, toTable } from './compat/table.js'
import { threadProbes } from './compat/thread-probes.js'
import { turnProbes } from './compat/turn-probes.js'

const VERSIONS = ['0.58.0', '0.80.0', '0.104.0', '0.111.0', '0.125.0', '0.145.0', '0.155.0', '0.169.0']
const probes: readonly Probe[] = [...turnProbes, ...approvalProbes, ...threadProbes]
const page = new URL('../docs/compatibility.md', import.meta.url)

async function examine(version: string): Promise<Column> {
  const binary = await installCodex(version)
  const subject = { version, binary, model: await chooseModel(version, binary) }
  const answers: Answer[] = []
  for (const probe of probes) {
    const found = await answer(probe, subject)
    answers.push(found)
    if (found.reason !== undefined) console.error(`${version}: ${probe.name}: ${found.reason}`)
  }
  return { version, answers }
}

const named = process.argv.slice(2)
const columns: Column[] = []
for (const version of named.length > 0 ? named : VERSIONS) {
  console.error(`asking ${version}`)
  columns.push(await examine(version))
}

console.log(toTable(probes, columns))
writeFileSync(page, toPage(probes, columns))

const lacking = columns.flatMap(({ version, answers }) =>
  probes.flatMap(({ name, isRequired }, index) =>
    isRequired && !answers[index]?.isYes ? [`${version}: ${name}`] : [],
  ),
)
if (lacking.length > 0) console.error(`\nlacking what every turn needs:\n${lacking.join('\n')}`)
process.exitCode = lacking.length > 0 ? 1 : 0
