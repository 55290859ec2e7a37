import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * Packs the library, installs the tarball into a fresh folder as a stranger would, and there imports and
 * requires every entry point and type-checks a small program.
 */
export function smokeTestPackage(): void {
  const folder = mkdtempSync(join(tmpdir(), 'codex-conduit-smoke-'))
  try {
    // The build has just been made: running it again would only cost time.
    const packed = execFileSync(
      'npm',
      ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
      { encoding: 'utf8' },
    )
    const tarball = join(folder, packed.trim().split('\n').at(-1) ?? '')
    writeFileSync(join(folder, 'package.json'), '{ "name": "smoke", "private": true, "type": "module" }\n')
    const install = ['install', '--silent', '--no-audit', '--no-fund', tarball]
    execFileSync('npm', install, { cwd: folder, stdio: 'inherit' })
    const entries = entryPoints()
    writeFileSync(join(folder, 'import.mjs'), importProgram(entries))
    writeFileSync(join(folder, 'require.cjs'), requireProgram(entries))
    writeFileSync(join(folder, 'types.ts'), TYPES_PROGRAM)
    for (const program of ['import.mjs', 'require.cjs']) {
      execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
        cwd: folder,
        stdio: 'inherit',
      })
    }
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022']
    const types = ['--module', 'nodenext', '--types', 'node', '--typeRoots', resolve('node_modules/@types')]
    execFileSync(
      process.execPath,
      [resolve('node_modules/typescript/bin/tsc'), ...options, ...types, 'types.ts'],
      {
        cwd: folder,
        stdio: 'inherit',
      },
    )
    console.log(`imported, required and type-checked: ${entries.join(', ')}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function entryPoints(): string[] {
  const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    name: string
    exports: Record<string, unknown>
  }
  return Object.keys(exports)
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => name + entry.slice(1))
}

function importProgram(entries: readonly string[]): string {
  return `
import assert from 'node:assert'
for (const entry of ${JSON.stringify(entries)}) {
  const names = Object.keys(await import(entry))
  assert(names.length > 0, entry + ' exports nothing')
  for (const [name, value] of Object.entries(await import(entry))) {
    if (typeof value === 'function') assert.equal(value.name, name, 'the name of ' + name)
  }
}
const { Codex, RpcError } = await import('codex-conduit')
const rpc = await import('codex-conduit/rpc')
assert.equal(RpcError, rpc.RpcError, 'each class exists once')
await assert.rejects(Codex.start({ binary: '/nowhere/codex' }), { code: 'CODEX_NOT_FOUND' })
`
}

function requireProgram(entries: readonly string[]): string {
  return `
const assert = require('node:assert')
for (const entry of ${JSON.stringify(entries)}) assert(Object.keys(require(entry)).length > 0, entry)
`
}

const TYPES_PROGRAM = `
import { Codex, type TurnEvent } from 'codex-conduit'
import { RpcPeer } from 'codex-conduit/rpc'
import { startModelStub } from 'codex-conduit/testing'

export async function program(): Promise<string> {
  const codex = await Codex.start({ onApproval: (request) => (request.kind === 'command' ? 'accept' : 'decline') })
  const thread = await codex.startThread({ sandbox: 'read-only' })
  for await (const event of thread.stream('hello')) seen(event)
  const { data } = await codex.request('model/list', {})
  const model: string | undefined = data[0]?.id
  const { text, usage } = await thread.run('hello')
  await codex.close()
  return text + String(model) + String(usage?.totalTokens)
}
function seen(event: TurnEvent): string {
  return event.type === 'message.delta' ? event.delta : event.type
}
export const used = [RpcPeer, startModelStub]
`
