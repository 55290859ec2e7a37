import { type Benchmark, sumOf } from '../harness/benchmark.js'

const checks = (kind: string, title: string): Benchmark => ({
  name: `check-${kind}`,
  title,
  measure: 'cost',
  // So many that a run of the cheapest takes long enough to be measured.
  count: 10_000_000,
  unit: 'checks',
  params: { kind },
  checksum: (count) => count,
  contestants: [
    { name: 'limit: comparisons by hand', adapter: 'checks/guard' },
    { name: 'codex-conduit', adapter: 'checks/conduit' },
    { name: 'ajv', adapter: 'checks/ajv' },
    { name: 'zod', adapter: 'checks/zod', share: 0.05 },
    { name: 'zod/mini', adapter: 'checks/zod-mini', share: 0.05 },
  ],
  isShort: true,
  targets: { 'codex-conduit': [{ figure: 'cpu', atMost: 2 }] },
})

/** Single parts of the way of a message. */
export const partBenchmarks: readonly Benchmark[] = [
  {
    name: 'queue',
    title: 'Values to one reader with for await, pushed in bursts of 320',
    measure: 'rate',
    count: 3_000_000,
    unit: 'values',
    params: { burst: 320 },
    checksum: (count) => sumOf(count, (i) => i),
    contestants: [
      { name: 'limit: a ring buffer', adapter: 'queue/ring' },
      { name: 'codex-conduit', adapter: 'queue/conduit' },
      { name: 'codex-conduit, with a limit', adapter: 'queue/conduit-bounded' },
      { name: 'codex-conduit, with a limit, in batches', adapter: 'queue/conduit-batches' },
      { name: 'events.on', adapter: 'queue/node-events' },
      { name: 'an array with waiters', adapter: 'queue/array' },
    ],
    isShort: true,
    targets: {
      'codex-conduit': [{ figure: 'speed', atLeast: 0.9 }],
      'codex-conduit, with a limit, in batches': [
        { figure: 'speed', atLeast: 2, versus: 'codex-conduit, with a limit' },
      ],
    },
  },
  {
    name: 'backlog',
    title: 'Values to one reader with for await, all pushed before it begins',
    measure: 'rate',
    count: 1_000_000,
    unit: 'values',
    params: { burst: 1_000_000 },
    checksum: (count) => sumOf(count, (i) => i),
    contestants: [
      { name: 'limit: a ring buffer', adapter: 'queue/ring' },
      { name: 'codex-conduit', adapter: 'queue/conduit' },
      { name: 'codex-conduit, with a limit', adapter: 'queue/conduit-bounded' },
      { name: 'codex-conduit, with a limit, in batches', adapter: 'queue/conduit-batches' },
      { name: 'events.on', adapter: 'queue/node-events' },
      // Its cost grows with the square of the backlog.
      {
        name: 'an array with waiters, a tenth of them',
        adapter: 'queue/array',
        share: 0.1,
        params: { burst: 100_000 },
        rounds: 3,
      },
    ],
    isShort: false,
    targets: { 'codex-conduit': [{ figure: 'speed', atLeast: 0.9 }] },
  },
  checks('delta', 'Checking a delta and making its event'),
  checks('item', 'Checking the end of an item and making its event'),
]
