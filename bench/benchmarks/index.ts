import type { Benchmark } from '../harness/benchmark.js'
import { execServerBenchmarks } from './exec-server.js'
import { floodBenchmarks } from './floods.js'
import { growthBenchmarks } from './growth.js'
import { importBenchmarks } from './imports.js'
import { partBenchmarks } from './parts.js'
import { rpcBenchmarks } from './rpc.js'
import { turnBenchmarks } from './turns.js'

/** Every benchmark, in the order in which they are shown. */
export const benchmarks: readonly Benchmark[] = [
  ...rpcBenchmarks,
  ...floodBenchmarks,
  ...partBenchmarks,
  ...turnBenchmarks,
  ...execServerBenchmarks,
  ...growthBenchmarks,
  ...importBenchmarks,
]
