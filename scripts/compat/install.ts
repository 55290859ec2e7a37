import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Where versions are kept: git ignores it, and it outlives the run. */
const cache = path.join(root, 'node_modules/.cache/codex-versions')
/** Time that npm has for one version: 10 minutes, since older ones bring the binaries of all platforms. */
const INSTALL_TIMEOUT_MS = 600_000

/**
 * Installs a version of `@openai/codex` with npm, unless it is installed already, and resolves with the path of
 * its native binary for this machine.
 */
export async function installCodex(version: string): Promise<string> {
  if (!/^\d+\.\d+\.\d+[\w.-]*$/.test(version)) throw new Error(`${version} is not a version`)
  const folder = path.join(cache, version)
  const present = await findBinary(folder)
  if (present !== undefined) return present
  await mkdir(folder, { recursive: true })
  const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save']
  await promisify(execFile)(npm(), [...args, `@openai/codex@${version}`], { timeout: INSTALL_TIMEOUT_MS })
  const binary = await findBinary(folder)
  if (binary === undefined) throw new Error(`@openai/codex@${version} has no binary for this machine`)
  return binary
}

/** What the binary is called under `vendor/<triple>/` has changed; what the triple begins and ends with has not. */
async function findBinary(folder: string): Promise<string | undefined> {
  const packages = path.join(folder, 'node_modules/@openai')
  for (const name of (await list(packages)).sort().reverse()) {
    const vendor = path.join(packages, name, 'vendor')
    for (const triple of (await list(vendor)).filter(isForThisMachine)) {
      for (const place of ['bin', 'codex']) {
        const inside = path.join(vendor, triple, place)
        const file = (await list(inside)).find((one) => one === 'codex' || one === 'codex.exe')
        if (file !== undefined && (await isInstalled(path.join(packages, name))))
          return path.join(inside, file)
      }
    }
  }
  return undefined
}

function isForThisMachine(triple: string): boolean {
  const processor = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  const system = { darwin: 'apple-darwin', win32: 'windows-msvc' }[process.platform as string] ?? 'linux-musl'
  return triple.startsWith(processor) && triple.endsWith(system)
}

/** npm writes a package's manifest with the rest of it: without one, an earlier install was cut off. */
async function isInstalled(folder: string): Promise<boolean> {
  return (await readFile(path.join(folder, 'package.json'), 'utf8').catch(() => '')) !== ''
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

function npm(): string {
  return process.platform === 'win32' ? 'npm.cmd' : 'npm'
}
