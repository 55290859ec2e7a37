import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import {
  codexHomeProblem,
  inspectCodexHome,
  prepareCodexHome,
} from '../../../src/process/codex-home/index.js'
import { locateCodex } from '../../../src/process/locate-codex.js'
import { CONFIG, KEY_AUTH } from './helpers.js'

const run = promisify(execFile)
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))

/** A fresh folder that Codex accepts as a home: it refuses some things under the system's temporary folder. */
async function freshCodexFolder(): Promise<string> {
  await mkdir(CACHE, { recursive: true })
  const folder = await mkdtemp(path.join(CACHE, 'codex-home-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** What the real Codex says about the sign-in of a home. */
async function loginStatus(env: Readonly<Record<string, string>>): Promise<{ ok: boolean; text: string }> {
  try {
    const { stdout, stderr } = await run(locateCodex().path, ['login', 'status'], { env })
    return { ok: true, text: stdout + stderr }
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    if (stderr === undefined) throw error
    return { ok: false, text: `${stdout}${stderr}` }
  }
}

test('the real Codex is signed in with a home that was prepared', async () => {
  const root = await freshCodexFolder()
  const from = path.join(root, 'source')
  await mkdir(from)
  await writeFile(path.join(from, 'auth.json'), KEY_AUTH)
  await writeFile(path.join(from, 'config.toml'), CONFIG)
  await using home = await prepareCodexHome({ from, to: path.join(root, 'worker') })
  expect(codexHomeProblem(await inspectCodexHome(home.path), { needs: 'credentials' })).toBeUndefined()
  expect(await loginStatus({ CODEX_HOME: home.path })).toMatchObject({
    ok: true,
    text: expect.stringContaining('API key configured'),
  })
})

test('homes with which the real Codex cannot sign in have a problem', async () => {
  const root = await freshCodexFolder()
  const homes: readonly (readonly [string, string | undefined])[] = [
    ['empty', undefined],
    ['junk', 'junk'],
    ['mark', `\ufeff${KEY_AUTH}`],
  ]
  for (const [name, auth] of homes) {
    const home = path.join(root, name)
    await mkdir(home)
    if (auth !== undefined) await writeFile(path.join(home, 'auth.json'), auth)
    const env = { CODEX_HOME: home }
    expect(await loginStatus(env)).toMatchObject({ ok: false })
    expect(
      codexHomeProblem(await inspectCodexHome(undefined, { env }), { needs: 'credentials' }),
    ).toBeDefined()
  }
})

test('the real Codex does not start with a home that does not exist or is a file', async () => {
  const root = await freshCodexFolder()
  await writeFile(path.join(root, 'file'), '')
  for (const home of [path.join(root, 'nothing'), path.join(root, 'file')]) {
    const env = { CODEX_HOME: home }
    expect(await loginStatus(env)).toMatchObject({
      ok: false,
      text: expect.stringContaining('CODEX_HOME points to'),
    })
    expect(codexHomeProblem(await inspectCodexHome(undefined, { env }))).toBeDefined()
  }
})

test('the real Codex makes the home in the user folder, which therefore may be missing', async () => {
  const root = await freshCodexFolder()
  // A checkout may lie under the system's temporary folder, where Codex makes no home.
  const env = { CODEX_HOME: '', HOME: root, TMPDIR: path.join(root, 'tmp') }
  expect(codexHomeProblem(await inspectCodexHome(undefined, { env }))).toBeUndefined()
  expect(await loginStatus(env)).toMatchObject({ text: expect.stringContaining('Not logged in') })
  expect(await inspectCodexHome(undefined, { env })).toMatchObject({
    location: { origin: 'default' },
    exists: true,
    isFolder: true,
  })
})
