import { describe, expect, it } from 'vitest'
import { checkNeutral } from '../../scripts/record/neutral.js'
import { recordScenario } from '../../scripts/record/record-scenario.js'
import { scenarios } from '../../scripts/record/scenarios.js'
import { parseTranscript, readTranscript, type Transcript } from '../../src/testing/index.js'

const chosen = scenarios.filter(({ name }) => name === 'text-turn' || name === 'command-accepted')

const sentIn = ({ entries }: Transcript) => entries.filter((entry) => entry.type === 'sent')

/** What was received, whatever the order in which Codex said it. */
const methodsIn = ({ entries }: Transcript) =>
  entries
    .flatMap((entry) =>
      entry.type === 'received' ? [(entry.message as { method?: string }).method ?? ''] : [],
    )
    .sort()

describe('the transcripts that are kept', () => {
  it.each(chosen)('are what the real Codex says today: $name', async (scenario) => {
    const kept = await readTranscript(new URL(`../transcripts/${scenario.name}.jsonl`, import.meta.url))
    const text = await recordScenario(scenario)
    const now = parseTranscript(text)
    expect(sentIn(now)).toEqual(sentIn(kept))
    expect(methodsIn(now)).toEqual(methodsIn(kept))
    expect(now.entries.at(-1)).toEqual(kept.entries.at(-1))
    checkNeutral(scenario.name, text)
  })
})
