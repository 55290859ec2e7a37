import type { Benchmark } from '../harness/benchmark.js'

const LIMIT = { name: 'limit: the least that talks to Codex', adapter: 'turns/limit' } as const
const OURS = { name: 'codex-conduit', adapter: 'turns/conduit' } as const

/** Turns of the real Codex, with a model in another process that answers at once. */
export const turnBenchmarks: readonly Benchmark[] = [
  {
    name: 'turns',
    title: 'Short turns of the real Codex, one after the other',
    measure: 'rate',
    count: 10,
    unit: 'turns',
    params: { deltas: 1 },
    checksum: (count) => count,
    contestants: [
      LIMIT,
      OURS,
      { name: 'codex-conduit/openai-codex-sdk', adapter: 'turns/drop-in' },
      { name: '@openai/codex-sdk', adapter: 'turns/codex-sdk', share: 0.5 },
    ],
    isShort: false,
    targets: { 'codex-conduit': '≥ 0.95, CPU ≤ 1.15' },
  },
  {
    name: 'turn-flood',
    title: 'A turn of 20,000 deltas of the real Codex',
    measure: 'rate',
    count: 1,
    unit: 'turns',
    params: { deltas: 20_000 },
    checksum: (count) => count,
    contestants: [LIMIT, OURS],
    isShort: false,
    warmUp: 0,
    targets: { 'codex-conduit': '≥ 0.95, CPU ≤ 1.15' },
  },
]
