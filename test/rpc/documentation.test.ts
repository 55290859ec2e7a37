import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(`${root}docs/rpc.md`, 'utf8')
const run = promisify(execFile)

/** The programs of the page: each block of code begins with the name of its file. */
const files = new Map(
  [...page.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms)].map(([, name, code]) => [
    name as string,
    code as string,
  ]),
)

/** What the page says that a program prints. */
const printed = [...page.matchAll(/^prints\n\n```text\n(.*?)^```$/gms)].map(([, text]) => text as string)

/** A folder in the project, so that packages are found from it. */
let folder: string

beforeAll(() => {
  mkdirSync(join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(join(root, '.cache', 'rpc-page-'))
  for (const [name, code] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), code)
  }
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the page about the core', () => {
  it('has its code in files, and says what each program prints', () => {
    expect([...files.keys()]).toEqual([
      'ports/transport.ts',
      'ports/server.ts',
      'ports/client.ts',
      'ports/main.ts',
      'streams/server.ts',
      'streams/main.ts',
    ])
    expect(page.match(/^```ts$/gm)).toHaveLength(files.size)
    expect(printed).toHaveLength(2)
  })

  it.each(['ports/server.ts', 'ports/client.ts', 'streams/server.ts', 'streams/main.ts'])(
    'has %s in 20 lines at most',
    (name) => {
      expect(files.get(name)?.trimEnd().split('\n').length).toBeLessThanOrEqual(20)
    },
  )

  it('has correct types', () => {
    const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
    const names = [...files.keys()].map((name) => join(folder, name))
    // The whole library takes long to read; the page needs one file of it besides the core.
    const paths = { ...options.paths, 'codex-conduit': ['./src/transports/streams.ts'] }
    const program = ts.createProgram(names, { ...options, paths })
    // Of these files only: the library's own are checked elsewhere, and take long.
    const diagnostics = names.flatMap((name) => {
      const file = program.getSourceFile(name)
      return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    })
    expect(diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual(
      [],
    )
  }, 60_000)

  it.each([
    ['ports', 0],
    ['streams', 1],
  ])('has programs that print what it says: %s', async (program, index) => {
    const outdir = join(folder, program, 'built')
    await build({
      entryPoints: [...files.keys()]
        .filter((name) => name.startsWith(program))
        .map((name) => join(folder, name)),
      outdir,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      alias: { 'codex-conduit': `${root}src/index.ts`, 'codex-conduit/rpc': `${root}src/rpc/index.ts` },
      logLevel: 'silent',
    })
    const { stdout, stderr } = await run(process.execPath, [join(outdir, 'main.js')], { timeout: 20_000 })
    expect(stderr).toBe('')
    expect(stdout).toBe(printed[index])
  })
})
