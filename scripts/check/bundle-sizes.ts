import { readFileSync } from 'node:fs'
import { build } from 'esbuild'

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly default: string }>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly sizeLimits: Readonly<Record<string, number>>
}

/**
 * Bundles each entry point, minified and without its dependencies, and holds its size against the limit
 * that package.json sets in `sizeLimits` (bytes). Code that loads on demand counts too.
 */
export async function checkBundleSizes(): Promise<void> {
  const { exports, dependencies, peerDependencies, sizeLimits } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  ) as Manifest
  const tooLarge: string[] = []
  for (const [entry, limit] of Object.entries(sizeLimits)) {
    const { outputFiles } = await build({
      entryPoints: [exports[entry]?.default ?? ''],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      external: Object.keys({ ...dependencies, ...peerDependencies }),
      write: false,
      logLevel: 'error',
    })
    const bytes = outputFiles.reduce((sum, file) => sum + file.contents.length, 0)
    console.log(`${entry.padEnd(20)} ${bytes} of at most ${limit} bytes, minified`)
    if (bytes > limit) tooLarge.push(entry)
  }
  if (tooLarge.length > 0) throw new Error(`over their limit: ${tooLarge.join(', ')}`)
}
