import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../../src/', import.meta.url))

/** Packages, and modules of Node, that take longer to load than most of what a program uses. */
const HEAVY = ['zod', 'unbash', 'ws', 'p-queue']
const HEAVY_OF_NODE = ['crypto', 'http', 'http2', 'https', 'readline', 'timers/promises', 'tls', 'zlib']

/** Parts that most programs never use, or only once a turn needs them. */
const PARTS = [
  'approvals/answering.ts',
  'approvals/check-reply.ts',
  'approvals/command-policy/match-command.ts',
  'approvals/command-policy/read-only.ts',
  'approvals/decision-schemas.ts',
  'approvals/policy/human-prompt.ts',
  'approvals/policy/terminal-dialog.ts',
  'approvals/read-request.ts',
  'client/one-shot.ts',
  'client/reconnect/reconnection.ts',
  'process/codex-home/home-files.ts',
  'transports/app-server/launched-server.ts',
  'transports/websocket/dial.ts',
]

const MAIN_ENTRIES = ['index.ts', 'client/index.ts', 'approvals/index.ts']
const OTHER_ENTRIES = ['rpc/index.ts', 'exec/index.ts', 'integrations/openai-codex-sdk/index.ts']

let inputs: Metafile['inputs']

beforeAll(async () => {
  const { metafile } = await build({
    entryPoints: [...MAIN_ENTRIES, ...OTHER_ENTRIES].map((entry) => `${src}${entry}`),
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    splitting: true,
    outdir: 'unused',
    write: false,
    metafile: true,
    absWorkingDir: src,
    logLevel: 'silent',
  })
  inputs = metafile.inputs
})

/** A file of src with what it imports statically, at any distance; with what it may load later, where asked for. */
function loadedWith(file: string, { onDemand = false } = {}): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (path: string): void => {
    if (found.has(path)) return
    found.add(path)
    for (const { path: target, kind } of inputs[path]?.imports ?? []) {
      if (kind === 'import-statement' || onDemand) visit(target)
    }
  }
  visit(file)
  return found
}

function found(loaded: ReadonlySet<string>, sought: readonly string[]): readonly string[] {
  return [...loaded].filter((path) => sought.includes(path.replace(/^node:/, '')))
}

describe('what costs time to load', () => {
  it.each([...MAIN_ENTRIES, ...OTHER_ENTRIES])('is no package that %s imports statically', (entry) => {
    const loaded = loadedWith(entry)
    expect(loaded.size).toBeGreaterThan(5)
    expect(found(loaded, HEAVY)).toEqual([])
  })

  it.each(['index.ts', 'client/index.ts'])('is no module of Node that %s imports statically', (entry) => {
    const loaded = loadedWith(entry)
    expect([...loaded].some((path) => path === 'node:child_process')).toBe(true)
    expect(found(loaded, HEAVY_OF_NODE)).toEqual([])
  })

  it.each(MAIN_ENTRIES)('is no part of the library that %s imports statically', (entry) => {
    expect(found(loadedWith(entry), PARTS)).toEqual([])
  })

  it('is loaded when it is needed', () => {
    const all = loadedWith('index.ts', { onDemand: true })
    expect(found(all, PARTS)).toHaveLength(PARTS.length)
    expect(found(all, ['zod', 'unbash', 'ws', 'crypto', 'readline'])).toHaveLength(5)
  })

  it('is imported statically by the part that needs it, and loaded with the part', () => {
    expect(loadedWith('approvals/read-request.ts')).toContain('zod')
    expect(loadedWith('approvals/check-reply.ts')).toContain('zod')
    expect(loadedWith('approvals/command-policy/match-command.ts')).toContain('unbash')
    expect(loadedWith('transports/websocket/dial.ts')).toContain('ws')
    expect(loadedWith('process/codex-home/home-files.ts')).toContain('node:crypto')
  })
})

describe('the JSON-RPC core', () => {
  it('loads no package and no module of Node at all', () => {
    const outside = [...loadedWith('rpc/index.ts', { onDemand: true })].filter((path) => !inputs[path])
    expect(outside).toEqual([])
  })
})
