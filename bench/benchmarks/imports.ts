import { readFileSync } from 'node:fs'
import type { Benchmark, Contestant } from '../harness/benchmark.js'

const ROOT = new URL('../../', import.meta.url)

/** The library's own entry points, as package.json lists them. */
function entryPoints(): Contestant[] {
  const { name, exports } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
    name: string
    exports: Record<string, string | { default: string }>
  }
  return Object.entries(exports).flatMap(([entry, target]) =>
    typeof target === 'string'
      ? []
      : [{ ...moduleOf(new URL(target.default, ROOT).href), name: name + entry.slice(1) }],
  )
}

function moduleOf(module: string): Contestant {
  return { name: module, adapter: 'import/module', params: { module } }
}

/** What it costs a program to import. */
export const importBenchmarks: readonly Benchmark[] = [
  {
    name: 'import',
    title: 'Importing an entry point in a fresh process',
    measure: 'extra',
    count: 1,
    unit: 'imports',
    checksum: () => 1,
    contestants: [
      { ...moduleOf('data:text/javascript,'), name: 'nothing' },
      ...entryPoints(),
      moduleOf('birpc'),
      moduleOf('@openai/codex-sdk'),
      moduleOf('vscode-jsonrpc'),
      moduleOf('ws'),
      moduleOf('zod'),
      moduleOf('@modelcontextprotocol/sdk/client/index.js'),
      moduleOf('@agentclientprotocol/sdk'),
    ],
    isShort: true,
    warmUp: 0,
    targets: {
      'codex-conduit': [{ figure: 'extraMilliseconds', atMost: 40 }],
      'codex-conduit/rpc': [
        { figure: 'extraMilliseconds', atMost: 10 },
        { figure: 'extraRss', atMost: 2 },
      ],
    },
  },
]
