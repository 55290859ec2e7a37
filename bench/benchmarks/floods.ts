import { type Benchmark, sumOf } from '../harness/benchmark.js'

/** The characters of all deltas that `sources/delta.mjs` writes. */
const characters = (count: number) => sumOf(count, () => ' a few words'.length)

/** Messages that come as fast as they can be read. */
export const floodBenchmarks: readonly Benchmark[] = [
  {
    name: 'flood',
    title: "Notifications over a child's output to a handler",
    measure: 'rate',
    count: 300_000,
    unit: 'messages',
    params: { writes: 'many' },
    checksum: characters,
    contestants: [
      { name: 'limit: indexOf, decode, JSON.parse', adapter: 'flood/limit' },
      { name: 'codex-conduit', adapter: 'flood/conduit' },
      { name: 'birpc', adapter: 'flood/birpc' },
      { name: 'node:readline', adapter: 'flood/readline' },
      { name: 'json-rpc-2.0', adapter: 'flood/json-rpc-2.0', share: 0.5 },
      { name: 'ACP SDK', adapter: 'flood/acp', share: 0.5 },
      { name: 'vscode-jsonrpc', adapter: 'flood/vscode-jsonrpc', share: 0.2 },
      { name: 'MCP SDK', adapter: 'flood/mcp', share: 0.1 },
    ],
    isShort: true,
    targets: {
      'codex-conduit': [
        { figure: 'speed', atLeast: 0.9 },
        { figure: 'cpu', atMost: 1.15 },
        { figure: 'peakRss', atMost: 65 },
      ],
    },
  },
  {
    name: 'single-writes',
    title: "Notifications over a child's output, each written by itself as Codex does",
    measure: 'rate',
    count: 60_000,
    unit: 'messages',
    params: { writes: 'one' },
    checksum: characters,
    contestants: [
      { name: 'limit: indexOf, decode, JSON.parse', adapter: 'flood/limit' },
      { name: 'codex-conduit', adapter: 'flood/conduit' },
      { name: 'birpc', adapter: 'flood/birpc' },
      { name: 'ACP SDK', adapter: 'flood/acp' },
      { name: 'vscode-jsonrpc', adapter: 'flood/vscode-jsonrpc', share: 0.5 },
      { name: 'MCP SDK', adapter: 'flood/mcp', share: 0.3 },
    ],
    isShort: false,
    targets: { 'codex-conduit': [{ figure: 'cpu', atMost: 1.1 }] },
  },
  {
    name: 'events',
    title: 'A turn of deltas over a child’s output, its events read with for await',
    measure: 'rate',
    count: 300_000,
    unit: 'events',
    checksum: characters,
    contestants: [
      { name: 'limit: the bare loop, a handler', adapter: 'events/handler' },
      { name: 'the bare loop, a ring buffer', adapter: 'events/ring' },
      { name: 'the bare loop, events.on', adapter: 'events/node-events' },
      { name: 'codex-conduit', adapter: 'events/conduit' },
      { name: 'codex-conduit, in batches', adapter: 'events/conduit-batches' },
      { name: 'codex-conduit, notifications()', adapter: 'events/conduit-notifications' },
    ],
    isShort: true,
    targets: {
      'codex-conduit': [{ figure: 'speed', atLeast: 0.8 }],
      'codex-conduit, notifications()': [{ figure: 'speed', atLeast: 0.8 }],
    },
  },
  {
    name: 'websocket',
    title: 'Notifications over a WebSocket to a handler',
    measure: 'rate',
    count: 150_000,
    unit: 'messages',
    checksum: characters,
    contestants: [
      { name: 'limit: ws, JSON.parse', adapter: 'websocket/limit' },
      { name: 'codex-conduit', adapter: 'websocket/conduit' },
      { name: 'birpc', adapter: 'websocket/birpc' },
      { name: 'ACP SDK', adapter: 'websocket/acp', share: 0.5 },
      { name: 'vscode-jsonrpc', adapter: 'websocket/vscode-jsonrpc', share: 0.3 },
      { name: 'MCP SDK', adapter: 'websocket/mcp', share: 0.2 },
    ],
    isShort: true,
    targets: { 'codex-conduit': [{ figure: 'speed', atLeast: 0.9 }] },
  },
  ...[
    {
      name: 'large',
      title: 'Messages of 1 MB each',
      count: 200,
      characters: 1_000_000,
      slow: { share: 0.1 },
    },
    // Its cost grows with the square of the size, so that there is no part of it to run.
    { name: 'huge', title: 'One message of 50 MB', count: 1, characters: 50_000_000, slow: { rounds: 1 } },
  ].map(
    ({ name, title, count, characters, slow }): Benchmark => ({
      name,
      title: `${title} over a child’s output`,
      measure: 'rate',
      count,
      unit: 'messages',
      params: { characters },
      checksum: (messages) => messages,
      contestants: [
        { name: 'limit: pieces put together once', adapter: 'large/limit' },
        { name: 'codex-conduit', adapter: 'large/conduit' },
        { name: 'birpc, over the bare loop', adapter: 'large/birpc' },
        { name: 'node:readline', adapter: 'large/readline' },
        { name: 'MCP SDK', adapter: 'large/mcp', ...slow },
        { name: 'text concatenated and split', adapter: 'large/concat', ...slow },
      ],
      isShort: name === 'large',
      ...(name === 'huge' ? { warmUp: 0 } : {}),
      targets: {
        'codex-conduit': [
          { figure: 'speed', atLeast: 0.9 },
          { figure: 'peakRssRatio', atMost: 1.1 },
        ],
      },
    }),
  ),
  {
    name: 'pieces',
    title: 'A message of 5 MB that comes in pieces of 4 KB',
    measure: 'rate',
    count: 20,
    unit: 'messages',
    params: { characters: 5_000_000 },
    checksum: (messages) => messages,
    contestants: [
      { name: 'limit: pieces put together once', adapter: 'large/pieces-limit' },
      { name: 'codex-conduit', adapter: 'large/pieces-conduit' },
      { name: 'ACP SDK', adapter: 'large/pieces-acp' },
      { name: 'node:readline', adapter: 'large/pieces-readline' },
      { name: 'MCP SDK', adapter: 'large/pieces-mcp', share: 0.05, rounds: 3 },
      { name: 'text concatenated and split', adapter: 'large/pieces-concat', share: 0.05, rounds: 3 },
    ],
    isShort: false,
    // 1.3 times the limit's time.
    targets: { 'codex-conduit': [{ figure: 'speed', atLeast: 0.77 }] },
  },
]
