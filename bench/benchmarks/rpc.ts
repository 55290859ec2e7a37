import { type Benchmark, type Contestant, sumOf } from '../harness/benchmark.js'

const LIMIT: Contestant = { name: 'limit: a map and a direct call', adapter: 'round-trip/limit' }
const MICROTASKS: Contestant = {
  name: 'the same, delivered in a microtask',
  adapter: 'round-trip/microtasks',
}
const OURS: Contestant = { name: 'codex-conduit', adapter: 'round-trip/conduit' }
const BIRPC: Contestant = { name: 'birpc', adapter: 'round-trip/birpc', share: 0.5 }
const JSON_RPC: Contestant = { name: 'json-rpc-2.0', adapter: 'round-trip/json-rpc-2.0', share: 0.2 }
const PEERS: readonly Contestant[] = [
  BIRPC,
  JSON_RPC,
  { name: 'ACP SDK', adapter: 'round-trip/acp', share: 0.04 },
  { name: 'MCP SDK', adapter: 'round-trip/mcp', share: 0.03 },
  { name: 'vscode-jsonrpc, over streams', adapter: 'round-trip/vscode-jsonrpc', share: 0.04 },
]

const sums = (count: number) => sumOf(count, (i) => i + 1)

/** Requests and their answers. */
export const rpcBenchmarks: readonly Benchmark[] = [
  {
    name: 'round-trip',
    title: 'Requests in memory, one after the other, objects handed over',
    measure: 'rate',
    count: 500_000,
    unit: 'requests',
    params: { inFlight: 1, isText: false },
    checksum: sums,
    contestants: [LIMIT, MICROTASKS, OURS, ...PEERS],
    isShort: true,
    targets: { 'codex-conduit': [{ figure: 'speed', atLeast: 0.25 }] },
  },
  {
    name: 'in-flight',
    title: 'Requests in memory, 64 at a time, objects handed over',
    measure: 'rate',
    count: 500_000,
    unit: 'requests',
    params: { inFlight: 64, isText: false },
    checksum: sums,
    contestants: [LIMIT, MICROTASKS, OURS, ...PEERS],
    isShort: true,
    targets: { 'codex-conduit': [{ figure: 'speed', atLeast: 0.5 }] },
  },
  {
    name: 'text',
    title: 'Requests in memory through JSON text, one after the other',
    measure: 'rate',
    count: 150_000,
    unit: 'requests',
    params: { inFlight: 1, isText: true },
    checksum: sums,
    contestants: [LIMIT, MICROTASKS, OURS, BIRPC, JSON_RPC],
    isShort: true,
    targets: { 'codex-conduit': [{ figure: 'speed', atLeast: 0.8 }] },
  },
  {
    name: 'echo',
    title: 'Requests to a child process over its standard streams, 64 at a time',
    measure: 'rate',
    count: 60_000,
    unit: 'requests',
    params: { inFlight: 64 },
    checksum: sums,
    contestants: [
      { name: 'limit: one write a request', adapter: 'echo/limit' },
      { name: 'codex-conduit', adapter: 'echo/conduit' },
      { name: 'birpc', adapter: 'echo/birpc' },
      { name: 'json-rpc-2.0', adapter: 'echo/json-rpc-2.0' },
      { name: 'MCP SDK', adapter: 'echo/mcp', share: 0.5 },
      { name: 'vscode-jsonrpc', adapter: 'echo/vscode-jsonrpc', share: 0.5 },
    ],
    isShort: true,
    targets: {
      'codex-conduit': [
        { figure: 'speed', atLeast: 1.1 },
        { figure: 'cpu', atMost: 0.9 },
      ],
    },
  },
]
