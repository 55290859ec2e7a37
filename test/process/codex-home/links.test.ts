import { execFileSync } from 'node:child_process'
import fs, { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { CodexHomeError, inspectCodexHome, prepareCodexHome } from '../../../src/process/codex-home/index.js'
import { CONFIG, everythingIn, freshHomes, KEY_AUTH, namesIn, rejectionOf, SECRETS } from './helpers.js'

afterEach(() => vi.restoreAllMocks())

/** A source without an `auth.json`, and a folder outside of it that holds one. */
async function homesWithOutside() {
  const homes = await freshHomes({ 'config.toml': CONFIG })
  const outside = path.join(homes.root, 'outside')
  await mkdir(outside)
  await writeFile(path.join(outside, 'auth.json'), KEY_AUTH)
  return { ...homes, outside, entry: path.join(homes.from, 'auth.json') }
}

type Homes = Awaited<ReturnType<typeof homesWithOutside>>

const ESCAPES: readonly [string, (homes: Homes) => Promise<void>][] = [
  ['to a file outside', ({ outside, entry }) => symlink(path.join(outside, 'auth.json'), entry)],
  ['to a relative path outside', ({ entry }) => symlink('../outside/auth.json', entry)],
  ['to a file of the system', ({ entry }) => symlink('/etc/passwd', entry)],
  ['to a folder outside', ({ outside, entry }) => symlink(outside, entry)],
  [
    'through a folder that is a link',
    async ({ outside, from, entry }) => {
      await symlink(outside, path.join(from, 'shared'))
      await symlink('shared/auth.json', entry)
    },
  ],
  [
    'by a chain of links that starts inside',
    async ({ outside, from, entry }) => {
      await symlink(path.join(outside, 'auth.json'), path.join(from, 'second'))
      await symlink('second', path.join(from, 'first'))
      await symlink('first', entry)
    },
  ],
  ['to itself', ({ entry }) => symlink('auth.json', entry)],
  ['to nothing', ({ entry }) => symlink('nothing', entry)],
]

test.each(ESCAPES)('a link %s is refused by name and nothing is made', async (_, arrange) => {
  const homes = await homesWithOutside()
  await arrange(homes)
  const error = await rejectionOf(prepareCodexHome({ from: homes.from, to: homes.to }))
  expect(error).toBeInstanceOf(CodexHomeError)
  expect(error).toMatchObject({ code: 'CODEX_HOME_UNSAFE', file: 'auth.json' })
  expect((error as Error).message).toContain('`auth.json`')
  for (const hidden of [homes.root, 'passwd', ...Object.values(SECRETS)]) {
    expect(everythingIn(error)).not.toContain(hidden)
  }
  expect(await namesIn(homes.root)).toEqual(['outside', 'source'])
})

test('a link that stays in the source is followed, through a chain and a folder', async () => {
  const { from, to, entry } = await homesWithOutside()
  await mkdir(path.join(from, 'profiles'))
  await writeFile(path.join(from, 'profiles', 'work.json'), KEY_AUTH)
  await symlink('profiles', path.join(from, 'current'))
  await symlink('current/work.json', entry)
  await prepareCodexHome({ from, to })
  expect(await readFile(path.join(to, 'auth.json'), 'utf8')).toBe(KEY_AUTH)
  expect((await fs.lstat(path.join(to, 'auth.json'))).isFile()).toBe(true)
})

test('a source that is itself a link is followed', async () => {
  const { root, from, to } = await freshHomes()
  await symlink(from, path.join(root, 'link'))
  await prepareCodexHome({ from: path.join(root, 'link'), to })
  expect(await readFile(path.join(to, 'auth.json'), 'utf8')).toBe(KEY_AUTH)
})

test.each(['an empty folder', 'nothing'])('a target that is a link to %s is refused', async (what) => {
  const { root, from, to } = await freshHomes()
  const elsewhere = path.join(root, 'elsewhere')
  if (what !== 'nothing') await mkdir(elsewhere)
  await symlink(elsewhere, to)
  expect(await rejectionOf(prepareCodexHome({ from, to }))).toMatchObject({
    code: 'CODEX_HOME_UNSAFE',
    file: 'target',
  })
  expect(await namesIn(elsewhere).catch(() => [])).toEqual([])
})

test('a folder above the target that leads nowhere is refused', async () => {
  const { root, from } = await freshHomes()
  await symlink(path.join(root, 'nothing'), path.join(root, 'workers'))
  await expect(prepareCodexHome({ from, to: path.join(root, 'workers', 'one') })).rejects.toMatchObject({
    code: 'CODEX_HOME_UNWRITABLE',
  })
  expect(await namesIn(root)).toEqual(['source', 'workers'])
})

test.each(['pipe', 'socket'])('a %s in place of a file is refused and never waited for', async (kind) => {
  const { from, to, entry } = await homesWithOutside()
  if (kind === 'pipe') execFileSync('mkfifo', [entry])
  else {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(entry, resolve))
    onTestFinished(() => void server.close())
  }
  await expect(prepareCodexHome({ from, to })).rejects.toMatchObject({
    code: 'CODEX_HOME_UNREADABLE',
    file: 'auth.json',
  })
  const report = await inspectCodexHome(from, { env: {} })
  expect(report.files['auth.json']).toMatchObject({ present: true, readable: false })
})

/** Does something to the source right before or after the entry is opened for the first time. */
function atOpen(entry: string, when: 'before' | 'after', act: () => Promise<void>): () => number {
  const { open } = fs
  let opened = 0
  vi.spyOn(fs, 'open').mockImplementation(async (place, ...rest) => {
    if (place !== entry) return open(place, ...rest)
    opened++
    if (when === 'before' && opened === 1) await act()
    const handle = await open(place, ...rest)
    if (when === 'after' && opened === 1) await act()
    return handle
  })
  return () => opened
}

test('a file replaced by a link out between check and opening is refused', async () => {
  const { outside, from, to, entry } = await homesWithOutside()
  await writeFile(entry, '{}')
  atOpen(entry, 'before', async () => {
    await rm(entry)
    await symlink(path.join(outside, 'auth.json'), entry)
  })
  await expect(prepareCodexHome({ from, to })).rejects.toMatchObject({ code: 'CODEX_HOME_UNSAFE' })
  expect(await namesIn(path.dirname(to))).toEqual(['outside', 'source'])
})

test('a folder on the way replaced by a link out while the file is opened is refused', async () => {
  const { outside, from, to, entry } = await homesWithOutside()
  const inner = path.join(from, 'inner')
  await mkdir(inner)
  await writeFile(path.join(inner, 'auth.json'), '{}')
  await symlink('inner/auth.json', entry)
  atOpen(path.join(inner, 'auth.json'), 'before', async () => {
    await rename(inner, `${inner}-moved`)
    await symlink(outside, inner)
  })
  await expect(prepareCodexHome({ from, to })).rejects.toMatchObject({ code: 'CODEX_HOME_UNSAFE' })
})

test('a folder on the way that is swapped and swapped back is noticed, and the file read again', async () => {
  const { outside, from, to, entry } = await homesWithOutside()
  const inner = path.join(from, 'inner')
  await mkdir(inner)
  await writeFile(path.join(inner, 'auth.json'), '{}')
  await symlink('inner/auth.json', entry)
  const target = path.join(inner, 'auth.json')
  const { open } = fs
  let opened = 0
  vi.spyOn(fs, 'open').mockImplementation(async (place, ...rest) => {
    if (place !== target || ++opened > 1) return open(place, ...rest)
    return open(path.join(outside, 'auth.json'), ...rest)
  })
  await prepareCodexHome({ from, to })
  expect(opened).toBe(2)
  expect(await readFile(path.join(to, 'auth.json'), 'utf8')).toBe('{}')
})

test('a file replaced by a newer one while it is read is copied as the newer one', async () => {
  const { from, to, entry } = await homesWithOutside()
  await writeFile(entry, '{}')
  const opened = atOpen(entry, 'after', async () => {
    await writeFile(`${entry}.new`, KEY_AUTH)
    await rename(`${entry}.new`, entry)
  })
  await prepareCodexHome({ from, to })
  expect(opened()).toBe(2)
  expect(await readFile(path.join(to, 'auth.json'), 'utf8')).toBe(KEY_AUTH)
})

test('a file that is removed while it is read counts as missing', async () => {
  const { from, to, entry } = await homesWithOutside()
  await writeFile(entry, '{}')
  atOpen(entry, 'after', () => rm(entry))
  expect(await prepareCodexHome({ from, to })).toMatchObject({ missing: ['auth.json'] })
})

test('a file that never stays the same is given up', async () => {
  const { from, to, entry } = await homesWithOutside()
  await writeFile(entry, '{}')
  const { open } = fs
  vi.spyOn(fs, 'open').mockImplementation(async (place, ...rest) => {
    const handle = await open(place, ...rest)
    if (place === entry) {
      await writeFile(`${entry}.new`, '{}')
      await rename(`${entry}.new`, entry)
    }
    return handle
  })
  await expect(prepareCodexHome({ from, to })).rejects.toMatchObject({
    code: 'CODEX_HOME_UNREADABLE',
    file: 'auth.json',
  })
})
