import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../../src/', import.meta.url))

/** What an entry loads at once: its files and the packages that they import statically. */
async function loadedAtOnce(entry: string): Promise<ReadonlySet<string>> {
  const { metafile } = await build({
    entryPoints: [`${src}${entry}`],
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
  const { inputs } = metafile
  const found = new Set<string>()
  const visit = (path: string): void => {
    if (found.has(path)) return
    found.add(path)
    for (const { path: target, kind } of inputs[path]?.imports ?? []) {
      if (kind === 'import-statement') visit(target)
    }
  }
  visit(entry)
  return found
}

describe('what costs time to load', () => {
  // Loading them takes longer than everything else together; most programs never need a shell parser.
  it.each([
    'index.ts',
    'client/index.ts',
    'approvals/index.ts',
    'rpc/index.ts',
    'exec/index.ts',
    'integrations/openai-codex-sdk/index.ts',
  ])('is not loaded with %s: neither zod nor the shell parser', async (entry) => {
    const loaded = await loadedAtOnce(entry)
    expect(loaded.size).toBeGreaterThan(5)
    expect([...loaded].filter((path) => path === 'zod' || path === 'unbash')).toEqual([])
  })

  it('is loaded by what needs it', async () => {
    expect(await loadedAtOnce('approvals/schemas.ts')).toContain('zod')
    expect(await loadedAtOnce('exec/request-schema.ts')).toContain('zod')
    expect(await loadedAtOnce('approvals/command-policy/match-command.ts')).toContain('unbash')
  })
})
