import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const BENCH = fileURLToPath(new URL('../', import.meta.url))

/** Builds what is measured, `dist/` unless it is told not to, and installs what it is measured against if that is missing. */
export async function prepareContestants({ isBuilt }: { readonly isBuilt: boolean }): Promise<void> {
  if (!existsSync(`${BENCH}node_modules`)) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: BENCH, stdio: 'inherit' })
  }
  if (!isBuilt) execFileSync(`${ROOT}node_modules/.bin/tsup`, ['--silent'], { cwd: ROOT, stdio: 'inherit' })
  await build({
    entryPoints: [`${BENCH}internals.ts`],
    outfile: `${BENCH}.cache/internals.mjs`,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  })
}
