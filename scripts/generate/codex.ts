import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { GenerateError } from './errors.js'
import { type MessageKind, messageKinds, type ProtocolSource } from './protocol.js'
import { record } from './schema.js'

const run = promisify(execFile)

/** Time that one run of the binary may take, in milliseconds. It needs about 100. */
const RUN_TIMEOUT_MS = 30_000

const TRIPLES: Readonly<Record<string, string>> = {
  'darwin-arm64': 'aarch64-apple-darwin',
  'darwin-x64': 'x86_64-apple-darwin',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'linux-x64': 'x86_64-unknown-linux-musl',
  'win32-arm64': 'aarch64-pc-windows-msvc',
  'win32-x64': 'x86_64-pc-windows-msvc',
}

/** The installed Codex. */
export interface InstalledCodex {
  readonly version: string
  /** Path of the native binary. */
  readonly path: string
}

/** Finds the native binary of the installed `@openai/codex`. */
export async function installedCodex(): Promise<InstalledCodex> {
  const platform = `${process.platform}-${process.arch}`
  const triple = TRIPLES[platform]
  if (triple === undefined) throw new GenerateError(`Codex has no binary for ${platform}`)
  const shim = resolvePackage(createRequire(import.meta.url), '@openai/codex')
  const native = resolvePackage(createRequire(shim), `@openai/codex-${platform}`)
  const { version } = record(JSON.parse(await readFile(shim, 'utf8')), shim)
  const name = process.platform === 'win32' ? 'codex.exe' : 'codex'
  return { version: String(version), path: join(dirname(native), 'vendor', triple, 'bin', name) }
}

/** Asks the installed binary for its protocol. Leaves nothing behind. */
export async function readInstalledProtocol(): Promise<ProtocolSource> {
  const { version, path } = await installedCodex()
  return await withScratchFolder(async (folder) => {
    const home = join(folder, 'home')
    await mkdir(home)
    const generate = async (
      command: string,
      name: string,
      flags: readonly string[] = [],
    ): Promise<string> => {
      const out = join(folder, name)
      const args = ['app-server', command, ...flags, '--out', out]
      try {
        await run(path, args, { timeout: RUN_TIMEOUT_MS, env: { ...process.env, CODEX_HOME: home } })
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new GenerateError(`codex ${version} cannot ${command}: ${reason}`, { cause })
      }
      return out
    }
    // One after the other: a failure must not leave another run writing to a folder that is being removed.
    const experimental = await generate('generate-json-schema', 'experimental', ['--experimental'])
    const stable = await generate('generate-json-schema', 'stable')
    const types = await generate('generate-ts', 'types', ['--experimental'])
    return {
      codexVersion: version,
      experimental: await readBundle(experimental),
      stable: await readBundle(stable),
      methods: await readMethods(types),
    }
  })
}

/** Runs something with an empty folder of its own, which is removed afterwards. */
export async function withScratchFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  // Not under the system's temporary folder: Codex refuses to keep its home there.
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url))
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'codex-conduit-generate-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function resolvePackage(require: NodeJS.Require, name: string): string {
  try {
    return require.resolve(`${name}/package.json`)
  } catch (cause) {
    throw new GenerateError(`${name} is not installed`, { cause })
  }
}

async function readBundle(folder: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, 'codex_app_server_protocol.schemas.json'), 'utf8'))
}

async function readMethods(folder: string): Promise<Record<MessageKind, ReadonlySet<string>>> {
  const entries = messageKinds.map(async (kind): Promise<[MessageKind, ReadonlySet<string>]> => {
    const source = await readFile(join(folder, `${kind}.ts`), 'utf8')
    const methods = [...source.matchAll(/"method": ?"([^"]+)"/g)].flatMap(([, method]) => method ?? [])
    if (methods.length === 0) throw new GenerateError(`${kind}: generate-ts lists no methods`)
    return [kind, new Set(methods)]
  })
  return Object.fromEntries(await Promise.all(entries)) as Record<MessageKind, ReadonlySet<string>>
}
