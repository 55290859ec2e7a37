import type { Benchmark } from '../harness/benchmark.js'
import type { Target } from '../harness/targets.js'

const LIMIT = { name: 'limit: the least that talks to Codex', adapter: 'turns/limit' } as const
const OURS = { name: 'codex-conduit', adapter: 'turns/conduit' } as const

// 1.05 times the limit's time.
const TARGETS: readonly Target[] = [
  { figure: 'speed', atLeast: 0.95 },
  { figure: 'cpu', atMost: 1.15 },
]

/** Turns of the real Codex, with a model in another process that answers at once. */
export const turnBenchmarks: readonly Benchmark[] = [
  {
    name: 'turns',
    title: 'Short turns of the real Codex, one after the other',
    measure: 'rate',
    count: 20,
    // The engine still compiles in the first turns.
    warmUp: 10,
    unit: 'turns',
    params: { deltas: 1 },
    checksum: (count) => count,
    contestants: [
      LIMIT,
      OURS,
      { name: 'codex-conduit/openai-codex-sdk', adapter: 'turns/drop-in' },
      { name: '@openai/codex-sdk', adapter: 'turns/codex-sdk', share: 0.25 },
    ],
    isShort: false,
    targets: {
      'codex-conduit': [...TARGETS, { figure: 'speed', atLeast: 3.5, versus: '@openai/codex-sdk' }],
    },
  },
  {
    name: 'turns-apart',
    title: 'Short turns of a server in this process, client and server together',
    measure: 'cost',
    count: 100,
    warmUp: 100,
    unit: 'turns',
    checksum: (count) => count,
    contestants: [
      { name: 'codex-conduit, 40 ms apart', adapter: 'turns/in-memory', params: { pauseMs: 40 } },
      {
        name: 'codex-conduit, without a pause',
        adapter: 'turns/in-memory',
        share: 100,
        params: { pauseMs: 0 },
      },
    ],
    isShort: false,
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
    // The engine still compiles in the first of them.
    warmUp: 3,
    targets: { 'codex-conduit': TARGETS },
  },
]
