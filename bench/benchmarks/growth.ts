import { type Benchmark, sumOf } from '../harness/benchmark.js'

const events = (count: number, threads: number) => ({
  name: `${count.toLocaleString('en')} events, ${threads} thread${threads === 1 ? '' : 's'}`,
  adapter: 'growth/events',
  share: count / 1_000_000,
  params: { threads },
})

/** What becomes of the cost of one when there are many. */
export const growthBenchmarks: readonly Benchmark[] = [
  {
    name: 'growth-events',
    title: 'Cost of an event by the length of its turn, in memory',
    measure: 'cost',
    count: 1_000_000,
    unit: 'events',
    checksum: (count) => count,
    warmUp: 0,
    contestants: [events(10_000, 1), events(100_000, 1), events(1_000_000, 1)],
    isShort: false,
    targets: { '1,000,000 events, 1 thread': 'flat' },
  },
  {
    name: 'growth-threads',
    title: 'Cost of an event by the number of threads that run at once on one connection, in memory',
    measure: 'cost',
    count: 1_000_000,
    unit: 'events',
    checksum: (count) => count,
    warmUp: 0,
    contestants: [events(256_000, 1), events(256_000, 8), events(256_000, 64)],
    isShort: true,
    targets: { '256,000 events, 64 threads': 'flat' },
  },
  {
    name: 'growth-pending',
    title: 'Cost of a request by the number that wait for their answers, in memory',
    measure: 'cost',
    count: 300_000,
    unit: 'requests',
    params: { isText: false },
    checksum: (count) => sumOf(count, (i) => i + 1),
    contestants: [
      { name: '1 pending', adapter: 'round-trip/conduit', params: { inFlight: 1 } },
      { name: '100 pending', adapter: 'round-trip/conduit', params: { inFlight: 100 } },
      { name: '10,000 pending', adapter: 'round-trip/conduit', params: { inFlight: 10_000 } },
      { name: 'the bare loop, 1 pending', adapter: 'round-trip/microtasks', params: { inFlight: 1 } },
      {
        name: 'the bare loop, 10,000 pending',
        adapter: 'round-trip/microtasks',
        params: { inFlight: 10_000 },
      },
    ],
    isShort: true,
    targets: { '10,000 pending': 'grows as the bare loop does' },
  },
  {
    name: 'unread',
    title: 'Memory while a turn brings a million deltas that nobody reads',
    measure: 'memory',
    count: 1_000_000,
    unit: 'events',
    checksum: (count) => count,
    contestants: [
      { name: 'an array that keeps them', adapter: 'unread/array' },
      { name: 'codex-conduit', adapter: 'unread/conduit' },
    ],
    isShort: false,
    warmUp: 0,
    targets: { 'codex-conduit': 'flat' },
  },
]
