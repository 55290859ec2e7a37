import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { judgeVersion } from '../../src/supervisor/health/codex-version.js'

interface LockedPackage {
  readonly dependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))
const { packages } = read('package-lock.json') as { packages: Record<string, LockedPackage> }
const manifest = read('package.json') as LockedPackage

/** Whether Node would find a package from a folder of the tree. */
function isLocked(from: string, name: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const prefix = folder === '' ? '' : `${folder}/`
    if (packages[`${prefix}node_modules/${name}`]) return true
    if (folder === '') return false
  }
}

it('the lock file names every package of every platform: an install on one must not drop those of others', () => {
  const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !isLocked(path, name))
      .map((name) => `${path || 'the project'} needs ${name}`),
  )
  expect(missing).toEqual([])
})

it('the lock file names the peers of the manifest, in the same ranges', () => {
  expect(packages['']?.peerDependencies).toEqual(manifest.peerDependencies)
})

it('npm takes the oldest Codex that works as a peer, and none before it', () => {
  const [, oldest = ''] = /^>=(\d+\.\d+\.\d+)$/.exec(manifest.peerDependencies?.['@openai/codex'] ?? '') ?? []
  const [major = 0, minor = 0] = oldest.split('.').map(Number)
  expect(judgeVersion(`codex-cli ${oldest}`).status).toBe('warn')
  expect(judgeVersion(`codex-cli ${major}.${minor - 1}.999`).status).toBe('fail')
})
