// `npm run check`: everything a release must pass, in order; stops at the first step that fails. `--tested` leaves out
// the tests, for who has just run them.
import { execFileSync } from 'node:child_process'
import { checkBundleSizes } from './check/bundle-sizes.js'
import { smokeTestPackage } from './check/package-smoke.js'

const bin = (name: string) => `node_modules/.bin/${name}`
const run =
  (command: string, ...args: string[]) =>
  () => {
    execFileSync(command, args, { stdio: 'inherit' })
  }

const steps: readonly (readonly [name: string, step: () => void | Promise<void>])[] = [
  ['protocol manifest matches the pinned Codex', run(bin('tsx'), 'scripts/generate/main.ts', '--check')],
  ['lint and format', run(bin('biome'), 'check', '.')],
  ['types', run(bin('tsc'), '--noEmit')],
  ...(process.argv.includes('--tested') ? [] : [['tests', run(bin('vitest'), 'run')] as const]),
  ['build', run(bin('tsup'), '--silent')],
  ['bundle sizes', checkBundleSizes],
  ['publint', run(bin('publint'), '--strict')],
  ['are the types wrong', run(bin('attw'), '--pack', '.', '--profile', 'esm-only')],
  ['packed tarball in a fresh folder', smokeTestPackage],
]

for (const [name, step] of steps) {
  console.log(`\n── check: ${name}`)
  try {
    await step()
  } catch (error) {
    console.error(`\ncheck failed: ${name}\n${error instanceof Error ? error.message : String(error)}`)
    process.exit(1)
  }
}
console.log('\ncheck passed')
