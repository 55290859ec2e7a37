import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'

/**
 * By how much an entry point may grow for a file that it then shares with others. Opening a file costs as much as
 * compiling some ten thousand characters.
 */
const MAX_GROWTH = 0.02

/** Which further files each file is to be loaded with. */
type Companions = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Keeps the number of files small that an entry point loads. esbuild makes a chunk of each set of modules that the
 * same entry points and the same modules loaded on demand reach: one more `import()` cuts what is loaded with the
 * package into more pieces. This plugin gives the bundler edges that cost nothing when the program runs:
 *
 * - from a module loaded on demand to all that is loaded before it anyway, which then is no reason for a cut;
 * - from an entry point to small modules that most others share, so that they go into the same file.
 *
 * @param entries - the entry points, as paths from the working folder
 */
export async function fewChunks(entries: readonly string[]): Promise<Plugin> {
  const companions = findCompanions(await analyse(entries), entries)
  return {
    name: 'few-chunks',
    setup(bundler) {
      bundler.initialOptions.logOverride = { 'ignored-bare-import': 'silent' }
      bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        // The bundler names its files with slashes everywhere.
        const files = companions.get(relative('.', path).replaceAll('\\', '/'))
        if (!files) return undefined
        const imports = Array.from(files, (file) => `import ${JSON.stringify(resolve(file))}\n`)
        const contents = `${readFileSync(path, 'utf8')}\n${imports.join('')}`
        return { contents, loader: 'ts', resolveDir: dirname(path) }
      })
    },
  }
}

async function analyse(entries: readonly string[]): Promise<Metafile['outputs']> {
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
  })
  return metafile.outputs
}

function findCompanions(outputs: Metafile['outputs'], entries: readonly string[]): Companions {
  const outputOf = new Map(Object.entries(outputs).map(([path, { entryPoint = '' }]) => [entryPoint, path]))
  outputOf.delete('')
  const atOnce = new Map(
    entries.map((entry) => [entry, filesOf(outputs, reachable(outputs, outputOf.get(entry), false))]),
  )
  const companions = mergeSmall(sizesOf(outputs), atOnce)
  for (const [file, output] of outputOf) {
    if (entries.includes(file)) continue
    const loaders = entries.filter((entry) => reachable(outputs, outputOf.get(entry), true).has(output))
    const [first, ...others] = loaders.map((entry) => atOnce.get(entry) as Set<string>)
    const before = [...(first ?? [])].filter((one) => one !== file && others.every((set) => set.has(one)))
    companions.set(file, new Set(before))
  }
  return companions
}

/**
 * Gives entry points small files that others share, where they then share one chunk with them. Adds them to
 * `atOnce`.
 */
function mergeSmall(
  sizes: ReadonlyMap<string, number>,
  atOnce: ReadonlyMap<string, Set<string>>,
): Map<string, Set<string>> {
  const companions = new Map<string, Set<string>>()
  const bytesOf = (files: Iterable<string>) =>
    [...files].reduce((total, file) => total + (sizes.get(file) ?? 0), 0)
  const limits = new Map([...atOnce].map(([entry, files]) => [entry, bytesOf(files) * MAX_GROWTH]))
  // What one entry point alone loads is its own.
  const groups = groupByEntries(atOnce).filter(({ entries }) => entries.length > 1)
  for (const group of [...groups].sort((a, b) => bytesOf(a.files) - bytesOf(b.files))) {
    const bytes = bytesOf(group.files)
    const candidates = groups
      .filter((other) => other !== group && group.entries.every((entry) => other.entries.includes(entry)))
      .map((other) => ({ other, added: other.entries.filter((entry) => !group.entries.includes(entry)) }))
      .filter(({ added }) => added.every((entry) => bytes <= (limits.get(entry) ?? 0)))
      .sort((a, b) => a.added.length - b.added.length)
    const [best] = candidates
    if (!best) continue
    for (const entry of best.added) {
      companions.set(entry, new Set([...(companions.get(entry) ?? []), ...group.files]))
      for (const file of group.files) atOnce.get(entry)?.add(file)
    }
    best.other.files.push(...group.files)
    groups.splice(groups.indexOf(group), 1)
  }
  return companions
}

interface Group {
  readonly entries: readonly string[]
  readonly files: string[]
}

/** The files that the same entry points load, other than entry points. */
function groupByEntries(atOnce: ReadonlyMap<string, ReadonlySet<string>>): Group[] {
  const groups = new Map<string, Group>()
  for (const file of new Set([...atOnce.values()].flatMap((files) => [...files]))) {
    // An entry point that is a program would run within the others.
    if (atOnce.has(file)) continue
    const entries = [...atOnce].filter(([, files]) => files.has(file)).map(([entry]) => entry)
    const key = entries.join('\n')
    const group = groups.get(key) ?? { entries, files: [] }
    group.files.push(file)
    groups.set(key, group)
  }
  return [...groups.values()]
}

function sizesOf(outputs: Metafile['outputs']): ReadonlyMap<string, number> {
  return new Map(
    Object.values(outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const),
    ),
  )
}

function filesOf(outputs: Metafile['outputs'], paths: Iterable<string>): Set<string> {
  return new Set([...paths].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {})))
}

/** The outputs that are loaded with one of them; those that may be loaded later too, where asked for. */
function reachable(
  outputs: Metafile['outputs'],
  path: string | undefined,
  isDynamicToo: boolean,
  found = new Set<string>(),
): Set<string> {
  if (path === undefined || found.has(path)) return found
  found.add(path)
  for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
    if (external || (kind !== 'import-statement' && !isDynamicToo)) continue
    reachable(outputs, next, isDynamicToo, found)
  }
  return found
}
