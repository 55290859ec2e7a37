import type { Benchmark, Contestant } from '../harness/benchmark.js'

const MIB = 1024 * 1024
const REAL: Contestant = { name: 'the real exec-server, our client', adapter: 'exec-server/real' }
const OURS: Contestant = { name: 'codex-conduit, both ends', adapter: 'exec-server/conduit' }
const IN_PROCESS: Contestant = {
  name: 'codex-conduit, both ends in one process',
  adapter: 'exec-server/in-process',
}

const throughput = (over: string, transport: string, contestants: Benchmark['contestants']): Benchmark => ({
  name: `exec-server-${over.toLowerCase()}`,
  title: `What a process writes to a pipe, read through an exec-server over ${transport}`,
  measure: 'rate',
  count: 50 * MIB,
  unit: 'bytes',
  params: { over, processes: 1 },
  checksum: (bytes) => bytes,
  contestants,
  isShort: false,
  targets: { [OURS.name]: [{ figure: 'speed', atLeast: 1 }] },
})

/** What processes write, through the real exec-server, which comes first, and through ours; checked byte for byte. */
export const execServerBenchmarks: readonly Benchmark[] = [
  throughput('stdio', 'standard streams', [REAL, OURS, IN_PROCESS]),
  throughput('webSocket', 'a WebSocket', [REAL, OURS]),
  {
    name: 'exec-server-load',
    title:
      'What 64 processes write at the same time, 10 MiB each, read through an exec-server over a WebSocket',
    measure: 'rate',
    count: 64 * 10 * MIB,
    unit: 'bytes',
    params: { over: 'webSocket', processes: 64 },
    checksum: (bytes) => bytes,
    contestants: [REAL, OURS],
    // Long enough to be steady, and about memory rather than speed.
    rounds: 3,
    warmUp: 0,
    isShort: false,
    targets: { [OURS.name]: [{ figure: 'speed', atLeast: 1 }] },
  },
]
