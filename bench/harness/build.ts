import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const BENCH = fileURLToPath(new URL('../', import.meta.url))

/** Builds what is measured, and installs what it is measured against unless that is there. */
export async function prepareContestants(): Promise<void> {
  if (!existsSync(`${BENCH}node_modules`)) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: BENCH, stdio: 'inherit' })
  }
  execFileSync(`${ROOT}node_modules/.bin/tsup`, ['--silent'], { cwd: ROOT, stdio: 'inherit' })
  await build({
    entryPoints: [`${BENCH}internals.ts`],
    outfile: `${BENCH}.cache/internals.mjs`,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  })
}
