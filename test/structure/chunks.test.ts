import { readFileSync } from 'node:fs'
import { build, type Metafile, type Plugin } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { fewChunks } from '../../scripts/build/few-chunks.js'

type Outputs = Metafile['outputs']

/** The sources of all subpaths and programs of the package. */
function entryPoints(): string[] {
  const { exports, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, string | { default: string }>
    bin: Record<string, string>
  }
  const files = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target.default],
  )
  return [...files, ...Object.values(bin)].map((file) =>
    file.replace(/^(?:\.\/)?dist\/(.*)\.js$/, 'src/$1.ts'),
  )
}

async function bundle(entries: readonly string[], plugins: Plugin[]): Promise<Outputs> {
  const { metafile } = await build({
    entryPoints: [...entries],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: 'unused',
    write: false,
    metafile: true,
    logLevel: 'error',
    plugins,
  })
  return metafile.outputs
}

/** The chunks that a program loads which imports an entry point. */
function chunksOf(outputs: Outputs, entry: string): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (path: string): void => {
    if (found.has(path)) return
    found.add(path)
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (!external && kind === 'import-statement') visit(next)
    }
  }
  visit(Object.keys(outputs).find((path) => outputs[path]?.entryPoint === entry) as string)
  return found
}

function modulesOf(outputs: Outputs, entry: string): ReadonlySet<string> {
  return new Set([...chunksOf(outputs, entry)].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {})))
}

function bytesOf(outputs: Outputs, entry: string): number {
  return [...chunksOf(outputs, entry)].reduce((total, path) => total + (outputs[path]?.bytes ?? 0), 0)
}

const entries = entryPoints()
let plain: Outputs
let merged: Outputs

beforeAll(async () => {
  plain = await bundle(entries, [])
  merged = await bundle(entries, [await fewChunks(entries)])
})

describe('the built entry points', () => {
  it('open at most half of the files that they would otherwise', () => {
    const files = (outputs: Outputs) => entries.reduce((sum, entry) => sum + chunksOf(outputs, entry).size, 0)
    expect(files(plain)).toBeGreaterThan(entries.length)
    expect(files(merged)).toBeLessThanOrEqual(files(plain) / 2)
  })

  it.each(entries)('load with %s hardly more than it imports', (entry) => {
    expect(bytesOf(merged, entry)).toBeLessThan(bytesOf(plain, entry) * 1.1)
  })

  it.each(entries)('run with %s no program and no entry point that it does not import', (entry) => {
    const before = modulesOf(plain, entry)
    const added = [...modulesOf(merged, entry)].filter((module) => !before.has(module))
    expect(added.filter((module) => entries.includes(module))).toEqual([])
  })

  it('load on demand what they loaded on demand', () => {
    const onDemand = (outputs: Outputs) =>
      Object.values(outputs).flatMap(({ entryPoint }) =>
        entryPoint === undefined || entries.includes(entryPoint) ? [] : [entryPoint],
      )
    expect(onDemand(plain).length).toBeGreaterThan(10)
    expect(onDemand(merged).sort()).toEqual(onDemand(plain).sort())
    for (const entry of entries) {
      const before = modulesOf(plain, entry)
      const early = [...modulesOf(merged, entry)].filter((module) => !before.has(module))
      expect(early.filter((module) => onDemand(plain).includes(module))).toEqual([])
    }
  })
})
