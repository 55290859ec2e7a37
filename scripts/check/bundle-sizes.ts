import { readFileSync } from 'node:fs'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, { readonly default: string }>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  /** For entry points, and for programs that import certain names from the main one. */
  readonly sizeLimits: Readonly<Record<string, Size>>
}

/** Bytes of code, minified and without dependencies. */
interface Size {
  /** What is loaded with the import. */
  readonly atOnce: number
  /** That, and all that may be loaded on demand. */
  readonly inAll: number
}

/**
 * Bundles each entry point, and programs that use a part of the main one, minified and without dependencies, and
 * holds their sizes against the limits that package.json sets in `sizeLimits`.
 */
export async function checkBundleSizes(): Promise<void> {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
  const { name, exports, dependencies, peerDependencies, sizeLimits } = manifest
  const external = Object.keys({ ...dependencies, ...peerDependencies })
  const tooLarge: string[] = []
  console.log(`${'minified bytes, of at most'.padEnd(52)}at once            in all`)
  for (const [subject, limit] of Object.entries(sizeLimits)) {
    const file = exports[subject]?.default
    const size = file
      ? await measureEntry(file.replace(/^\.\//, ''), external)
      : await measureProgram(`export { ${subject} } from '${name}'`, external)
    const title = file ? subject : `{ ${subject} }`
    console.log(`${title.padEnd(48)} ${show(size.atOnce, limit.atOnce)} ${show(size.inAll, limit.inAll)}`)
    if (size.atOnce > limit.atOnce || size.inAll > limit.inAll) tooLarge.push(subject)
  }
  const missing = Object.keys(exports).filter((entry) => !entry.endsWith('.json') && !sizeLimits[entry])
  if (missing.length > 0) throw new Error(`entry points without a limit: ${missing.join(', ')}`)
  if (tooLarge.length > 0) throw new Error(`over their limit: ${tooLarge.join('; ')}`)
}

function show(bytes: number, limit: number): string {
  return `${String(bytes).padStart(7)} / ${String(limit).padEnd(7)}`
}

/** All of an entry point: what a program loads that runs the package as it is. */
async function measureEntry(file: string, external: string[]): Promise<Size> {
  const outputs = await bundle({ entryPoints: [file], external, splitting: true })
  const [entry = ''] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === file) ?? []
  return { atOnce: bytesOf(outputs, eagerOutputs(outputs, entry)), inAll: bytesOf(outputs) }
}

/** What a bundler leaves of the package for a program that imports some names. */
async function measureProgram(contents: string, external: string[]): Promise<Size> {
  const stdin = { contents, resolveDir: process.cwd() }
  const [atOnce, inAll] = await Promise.all([
    // A chunk that is loaded on demand keeps alive all that it shares with others, used by the program or not.
    bundle({ stdin, external, plugins: [leaveOutOnDemand] }),
    bundle({ stdin, external }),
  ])
  return { atOnce: bytesOf(atOnce), inAll: bytesOf(inAll) }
}

const leaveOutOnDemand: Plugin = {
  name: 'leave-out-on-demand',
  setup(bundler) {
    bundler.onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    )
  },
}

async function bundle(options: BuildOptions): Promise<Metafile['outputs']> {
  const { metafile } = await build({
    ...options,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    outdir: 'unused',
    write: false,
    metafile: true,
    // The bundler points out imports that have no effect, which is what they are meant to have.
    logLevel: 'error',
  })
  return metafile.outputs
}

function bytesOf(outputs: Metafile['outputs'], paths: Iterable<string> = Object.keys(outputs)): number {
  return [...paths].reduce((total, path) => total + (outputs[path]?.bytes ?? 0), 0)
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
