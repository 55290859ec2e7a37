import { type Benchmark, type Contestant, sumOf } from '../harness/benchmark.js'

const OURS = 'codex-conduit'
const BARE = 'the bare loop'
const MILLION = 1_000_000

const events = (who: string, count: number, threads = 1): Contestant => ({
  name: `${who}, ${count.toLocaleString('en')} events`,
  adapter: who === OURS ? 'growth/events' : 'growth/bare-events',
  share: count / MILLION,
  params: { threads },
})
const threads = (who: string, count: number): Contestant => ({
  ...events(who, 256_000, count),
  name: `${who}, ${count} thread${count === 1 ? '' : 's'}`,
})
const pending = (who: string, inFlight: number): Contestant => ({
  name: `${who}, ${inFlight.toLocaleString('en')} pending`,
  adapter: who === OURS ? 'round-trip/conduit' : 'round-trip/microtasks',
  params: { inFlight },
})
const waiting = (who: string, count: number): Contestant => ({
  name: `${who}, ${count.toLocaleString('en')} waiting`,
  adapter: who === OURS ? 'queue/conduit' : 'queue/ring',
  params: { burst: count },
})

/** The name of the first and of the last. */
const ends = (contestants: readonly Contestant[]): [string, string] => [
  contestants[0]?.name ?? '',
  contestants.at(-1)?.name ?? '',
]

interface Sizes {
  readonly ours: readonly [Contestant, ...Contestant[]]
  readonly bare: readonly Contestant[]
}

const EVENTS: Sizes = {
  ours: [events(OURS, 10_000), events(OURS, 100_000), events(OURS, MILLION)],
  bare: [events(BARE, 10_000), events(BARE, MILLION)],
}
const THREADS: Sizes = {
  ours: [threads(OURS, 1), threads(OURS, 8), threads(OURS, 64)],
  bare: [threads(BARE, 1), threads(BARE, 64)],
}
const PENDING: Sizes = {
  ours: [pending(OURS, 1), pending(OURS, 100), pending(OURS, 10_000)],
  bare: [pending(BARE, 1), pending(BARE, 100), pending(BARE, 10_000)],
}
const WAITING: Sizes = {
  ours: [waiting(OURS, 10_000), waiting(OURS, 100_000), waiting(OURS, MILLION)],
  bare: [waiting(BARE, 10_000), waiting(BARE, MILLION)],
}

/** What becomes of the cost of one when there are many. */
export const growthBenchmarks: readonly Benchmark[] = [
  {
    name: 'growth-events',
    title: 'Cost of an event by the length of its turn, in memory',
    measure: 'cost',
    count: MILLION,
    unit: 'events',
    checksum: (count) => count,
    warmUp: 0,
    contestants: [...EVENTS.ours, ...EVENTS.bare],
    isShort: false,
    growth: {
      of: 'events in a turn',
      figure: 'cpu',
      sizes: ['10,000', '1,000,000'],
      ours: ends(EVENTS.ours),
      bare: ends(EVENTS.bare),
      expected: 'flat',
    },
  },
  {
    name: 'growth-threads',
    title: 'Cost of an event by the number of threads that run at once on one connection, in memory',
    measure: 'cost',
    count: MILLION,
    unit: 'events',
    checksum: (count) => count,
    warmUp: 0,
    contestants: [...THREADS.ours, ...THREADS.bare],
    isShort: true,
    growth: {
      of: 'threads with a turn, on one connection',
      figure: 'cpu',
      sizes: ['1', '64'],
      ours: ends(THREADS.ours),
      bare: ends(THREADS.bare),
      expected: 'as the bare loop',
    },
  },
  {
    name: 'growth-pending',
    title: 'Cost of a request by the number that wait for their answers, in memory',
    measure: 'cost',
    count: 300_000,
    unit: 'requests',
    params: { isText: false },
    checksum: (count) => sumOf(count, (i) => i + 1),
    contestants: [...PENDING.ours, ...PENDING.bare],
    isShort: true,
    growth: {
      of: 'requests that wait for their answers',
      figure: 'cpu',
      sizes: ['1', '10,000'],
      ours: ends(PENDING.ours),
      bare: ends(PENDING.bare),
      expected: 'as the bare loop',
    },
  },
  {
    name: 'growth-waiting',
    title: 'Cost of a value by the number that wait for their reader',
    measure: 'cost',
    count: MILLION,
    unit: 'values',
    checksum: (count) => sumOf(count, (i) => i),
    contestants: [...WAITING.ours, ...WAITING.bare],
    isShort: false,
    growth: {
      of: 'values that wait for their reader',
      figure: 'cpu',
      sizes: ['10,000', '1,000,000'],
      ours: ends(WAITING.ours),
      bare: ends(WAITING.bare),
      expected: 'as the bare loop',
    },
  },
  {
    name: 'growth-unread',
    title: 'Memory while a turn brings a million deltas that nobody reads',
    measure: 'memory',
    count: MILLION,
    unit: 'events',
    checksum: (count) => count,
    contestants: [
      { name: 'an array that keeps them', adapter: 'unread/array' },
      { name: OURS, adapter: 'unread/conduit' },
    ],
    isShort: false,
    warmUp: 0,
    // Long, and memory is steadier than time.
    rounds: 3,
    growth: {
      of: 'memory, by deltas that nobody reads',
      figure: 'memoryGrowth',
      sizes: ['200,000', '1,000,000'],
      ours: [OURS, OURS],
      bare: ['an array that keeps them', 'an array that keeps them'],
      expected: 'flat',
    },
  },
]
