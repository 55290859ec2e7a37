// `npm run record -- [names…]`: records test/transcripts/*.jsonl anew from the installed Codex, offline, with the
// model stub. All times are 0 and all names of the machine are replaced, so that a recording of the same version
// differs from the one before only where Codex said something else, or the same in another order.
import { mkdir, writeFile } from 'node:fs/promises'
import { parseTranscript } from '../src/testing/index.js'
import { checkNeutral } from './record/neutral.js'
import { recordScenario } from './record/record-scenario.js'
import { scenarios } from './record/scenarios.js'

const folder = new URL('../test/transcripts/', import.meta.url)
const named = process.argv.slice(2)
const chosen = named.length > 0 ? scenarios.filter(({ name }) => named.includes(name)) : scenarios
if (chosen.length === 0) throw new Error(`choose among ${scenarios.map(({ name }) => name).join(', ')}`)
await mkdir(folder, { recursive: true })
for (const scenario of chosen) {
  const text = await recordScenario(scenario)
  checkNeutral(scenario.name, text)
  console.log(`${scenario.name}: ${parseTranscript(text).entries.length} entries, ${text.length} characters`)
  await writeFile(new URL(`${scenario.name}.jsonl`, folder), text)
}
