import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../../src/', import.meta.url))

/** The folders of src, lowest first. A file may import from its own folder and from those before it. */
const LAYERS = [
  'util',
  'redaction',
  'output',
  'rpc',
  'framing',
  'process',
  'transports',
  'failures',
  'protocol',
  'approvals',
  'client',
  'exec',
  'exec-server',
  'supervisor',
  'integrations',
  'testing',
]

/** Folders that stand side by side: neither may import the other. */
const APART: readonly (readonly [string, string])[] = [
  ['client', 'exec'],
  ['client', 'exec-server'],
  ['exec', 'exec-server'],
]

/** The only file of client/ that may know a concrete transport. */
const CONVENIENCE = 'client/start.ts'

interface Import {
  readonly from: string
  readonly to: string
  readonly isPackage: boolean
  readonly isDynamic: boolean
}

function sourceFiles(folder = src): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sourceFiles(path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}

/** Every import of the source: static, type-only, re-exported, dynamic, and inside types. */
function imports(): Import[] {
  return sourceFiles().flatMap((file) => {
    const from = relative(src, file)
    return specifiers(file).map(({ specifier, isDynamic }) =>
      specifier.startsWith('.')
        ? { from, to: relative(src, resolve(dirname(file), specifier)), isPackage: false, isDynamic }
        : { from, to: specifier, isPackage: true, isDynamic },
    )
  })
}

function specifiers(file: string): { readonly specifier: string; readonly isDynamic: boolean }[] {
  const found: { specifier: string; isDynamic: boolean }[] = []
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      found.push({ specifier: (node.moduleSpecifier as ts.StringLiteral).text, isDynamic: false })
    }
    const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
    const argument = isDynamic ? node.arguments[0] : ts.isImportTypeNode(node) ? node.argument : undefined
    if (argument) {
      const literal = ts.isLiteralTypeNode(argument as ts.TypeNode)
        ? (argument as ts.LiteralTypeNode).literal
        : argument
      if (ts.isStringLiteral(literal)) found.push({ specifier: literal.text, isDynamic })
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest))
  return found
}

const layerOf = (path: string) => path.split('/')[0] ?? ''
const all = imports()
const inner = all.filter((one) => !one.isPackage)

describe('the layers of src', () => {
  it('are all of its folders', () => {
    const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(folders.map((entry) => entry.name).sort()).toEqual([...LAYERS].sort())
  })

  it('import downwards only, types included', () => {
    const upwards = inner.filter(
      ({ from, to }) => from.includes('/') && LAYERS.indexOf(layerOf(to)) > LAYERS.indexOf(layerOf(from)),
    )
    expect(upwards).toEqual([])
  })

  it('keep apart what must not know each other', () => {
    const crossings = inner.filter(({ from, to }) =>
      APART.some(
        ([a, b]) =>
          [a, b].includes(layerOf(from)) && [a, b].includes(layerOf(to)) && layerOf(from) !== layerOf(to),
      ),
    )
    expect(crossings).toEqual([])
  })

  it('let the client know a concrete transport in one file only', () => {
    const knowing = inner.filter(({ from, to }) => layerOf(from) === 'client' && layerOf(to) === 'transports')
    expect(new Set(knowing.map(({ from }) => from))).toEqual(new Set([CONVENIENCE]))
  })

  it('let no layer import the testing kit', () => {
    expect(inner.filter(({ from, to }) => layerOf(to) === 'testing' && layerOf(from) !== 'testing')).toEqual(
      [],
    )
  })

  it('have no cycle between files', () => {
    const next = new Map<string, string[]>()
    for (const { from, to } of inner) {
      const target = to.replace(/\.js$/, '.ts')
      next.set(from, [...(next.get(from) ?? []), target])
    }
    const done = new Set<string>()
    const findCycle = (file: string, path: readonly string[]): readonly string[] | undefined => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
      if (done.has(file)) return undefined
      for (const target of next.get(file) ?? []) {
        const cycle = findCycle(target, [...path, file])
        if (cycle) return cycle
      }
      done.add(file)
      return undefined
    }
    const cycles = [...next.keys()].flatMap((file) => findCycle(file, [])?.join(' → ') ?? [])
    expect([...new Set(cycles)]).toEqual([])
  })

  it('use only packages that package.json declares, optional ones on demand, and Node only above the core', () => {
    const { dependencies, peerDependencies } = JSON.parse(
      readFileSync(join(src, '../package.json'), 'utf8'),
    ) as { dependencies: Record<string, string>; peerDependencies: Record<string, string> }
    const packages = all.filter((one) => one.isPackage)
    const undeclared = packages.filter(
      ({ to, isDynamic }) =>
        !to.startsWith('node:') && !(to in dependencies) && !(isDynamic && to in peerDependencies),
    )
    expect(undeclared).toEqual([])
    const nodeInCore = packages.filter(
      ({ from, to }) =>
        to.startsWith('node:') &&
        ['util', 'redaction', 'output', 'rpc', 'framing', 'protocol'].includes(layerOf(from)),
    )
    expect(nodeInCore).toEqual([])
  })
})
