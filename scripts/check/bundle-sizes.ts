import { readFileSync } from 'node:fs'
import { build, type Metafile } from 'esbuild'

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly default: string }>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly sizeLimits: Readonly<Record<string, number>>
}

/** What an entry point comes to, minified and without its dependencies, in bytes. */
interface Size {
  /** Everything that it may ever load. */
  readonly bytes: number
  /** The part that is loaded with it; the rest is loaded when it is first needed. */
  readonly eagerBytes: number
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
    const file = (exports[entry]?.default ?? '').replace(/^\.\//, '')
    const external = Object.keys({ ...dependencies, ...peerDependencies })
    const { bytes, eagerBytes } = await measure(file, external)
    console.log(`${entry.padEnd(20)} ${bytes} of at most ${limit} bytes, minified; ${eagerBytes} at once`)
    if (bytes > limit) tooLarge.push(entry)
  }
  if (tooLarge.length > 0) throw new Error(`over their limit: ${tooLarge.join(', ')}`)
}

async function measure(file: string, external: string[]): Promise<Size> {
  const { metafile } = await build({
    entryPoints: [file],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    external,
    outdir: 'unused',
    write: false,
    metafile: true,
    // The bundler points out imports that have no effect, which is what they are meant to have.
    logLevel: 'error',
  })
  const { outputs } = metafile
  const [entry] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === file) ?? []
  const sum = (paths: Iterable<string>) =>
    [...paths].reduce((total, path) => total + (outputs[path]?.bytes ?? 0), 0)
  return { bytes: sum(Object.keys(outputs)), eagerBytes: sum(eagerOutputs(outputs, entry ?? '')) }
}

/** The outputs that a program loads which imports one of them. */
function eagerOutputs(outputs: Metafile['outputs'], entry: string, found = new Set<string>()): Set<string> {
  if (found.has(entry)) return found
  found.add(entry)
  for (const { path, kind, external } of outputs[entry]?.imports ?? []) {
    if (!external && kind === 'import-statement') eagerOutputs(outputs, path, found)
  }
  return found
}
