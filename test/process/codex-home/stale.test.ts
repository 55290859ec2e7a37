import fs, { mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { prepareCodexHome } from '../../../src/process/codex-home/index.js'
import { STALE_AFTER_MS } from '../../../src/process/codex-home/stale.js'
import { freshHomes, KEY_AUTH, namesIn } from './helpers.js'

const MARKER = '.codex-conduit-home'
const HEX = '0123456789abcdef'

afterEach(() => vi.restoreAllMocks())

async function age(place: string, ms = STALE_AFTER_MS + 60_000): Promise<void> {
  const then = (Date.now() - ms) / 1000
  await utimes(place, then, then)
}

/** A home as a call leaves it that is killed before it has moved it in place. */
async function unfinishedHome(place: string, files: readonly string[] = [MARKER, 'auth.json']) {
  await mkdir(place)
  for (const name of files) await writeFile(path.join(place, name), KEY_AUTH)
}

test.each([
  ['with the mark and credentials', [MARKER, 'auth.json']],
  ['that is still empty', []],
])('an unfinished home %s is removed by the next call', async (_title, files) => {
  const { root, from, to } = await freshHomes()
  const left = path.join(root, `.target.${HEX}.tmp`)
  await unfinishedHome(left, files)
  await age(left)
  await prepareCodexHome({ from, to })
  expect(await namesIn(root)).toEqual(['source', 'target'])
})

test('an unfinished file is removed from the home by the next call', async () => {
  const { from, to } = await freshHomes()
  await prepareCodexHome({ from, to })
  const left = path.join(to, `.auth.json.${HEX}.tmp`)
  await writeFile(left, KEY_AUTH)
  await age(left)
  await prepareCodexHome({ from, to })
  expect(await namesIn(to)).toEqual([MARKER, 'auth.json', 'config.toml'])
})

test('what another call may still be working on is left alone', async () => {
  const { root, from, to } = await freshHomes()
  await prepareCodexHome({ from, to })
  const [folder, file] = [path.join(root, `.target.${HEX}.tmp`), path.join(to, `.auth.json.${HEX}.tmp`)]
  await unfinishedHome(folder)
  await writeFile(file, KEY_AUTH)
  for (const place of [folder, file]) await age(place, STALE_AFTER_MS / 2)
  await prepareCodexHome({ from, to })
  expect(await namesIn(root)).toContain(path.basename(folder))
  expect(await namesIn(to)).toContain(path.basename(file))
})

test('what this library did not make is left alone, however old', async () => {
  const { root, from, to } = await freshHomes()
  await prepareCodexHome({ from, to })
  const names = [`.target.${HEX}`, `.target.${HEX.slice(1)}.tmp`, `.other.${HEX}.tmp`, `.target.${HEX}0.tmp`]
  for (const name of names) await unfinishedHome(path.join(root, name))
  const unmarked = `.target.${HEX.replace('0', 'f')}.tmp`
  await unfinishedHome(path.join(root, unmarked), ['notes.txt'])
  const file = `.target.${HEX.replace('0', 'e')}.tmp`
  await writeFile(path.join(root, file), 'mine')
  const inner = [`.history.jsonl.${HEX}.tmp`, 'auth.json.tmp', `.auth.json.${HEX}.tmp.bak`]
  for (const name of inner) await writeFile(path.join(to, name), 'mine')
  await mkdir(path.join(to, `.auth.json.${HEX}.tmp`))
  for (const name of [...names, unmarked, file]) await age(path.join(root, name))
  for (const name of await namesIn(to)) await age(path.join(to, name))

  await prepareCodexHome({ from, to })
  expect(await namesIn(root)).toEqual([...names, unmarked, file, 'source', 'target'].sort())
  expect(await namesIn(to)).toEqual(expect.arrayContaining([...inner, `.auth.json.${HEX}.tmp`]))
})

test('a link with the name of an unfinished home is not followed', async () => {
  const { root, from, to } = await freshHomes()
  const victim = path.join(root, 'victim')
  await unfinishedHome(victim)
  await age(victim)
  const link = path.join(root, `.target.${HEX}.tmp`)
  await symlink(victim, link)
  const then = (Date.now() - STALE_AFTER_MS * 2) / 1000
  await fs.lutimes(link, then, then)
  await prepareCodexHome({ from, to })
  expect(await namesIn(victim)).toEqual([MARKER, 'auth.json'])
})

test('what belongs to another user is left alone', async () => {
  const { root, from, to } = await freshHomes()
  const left = path.join(root, `.target.${HEX}.tmp`)
  await unfinishedHome(left)
  await age(left)
  vi.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue((process.getuid?.() ?? 0) + 1)
  await prepareCodexHome({ from, to })
  expect(await namesIn(root)).toContain(path.basename(left))
})

test('what cannot be removed is no obstacle', async () => {
  const { root, from, to } = await freshHomes()
  const left = path.join(root, `.target.${HEX}.tmp`)
  await unfinishedHome(left)
  await age(left)
  vi.spyOn(fs, 'rm').mockRejectedValue(Object.assign(new Error('refused'), { code: 'EBUSY' }))
  expect(await prepareCodexHome({ from, to })).toMatchObject({ created: true })
  expect(await namesIn(root)).toContain(path.basename(left))
})

test('a folder around the home that cannot be listed is no obstacle', async () => {
  const { from, to } = await freshHomes()
  vi.spyOn(fs, 'readdir').mockRejectedValue(Object.assign(new Error('refused'), { code: 'EACCES' }))
  expect(await prepareCodexHome({ from, to })).toMatchObject({ created: true })
})
