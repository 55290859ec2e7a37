import fs, { chmod, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { CodexHomeError, prepareCodexHome } from '../../../src/process/codex-home/index.js'
import { MAX_HOME_FILE_BYTES } from '../../../src/process/codex-home/read-file.js'
import { AbortedError, InvalidInputError } from '../../../src/util/errors.js'
import {
  CONFIG,
  everythingIn,
  freshFolder,
  freshHomes,
  KEY_AUTH,
  modeOf,
  namesIn,
  rejectionOf,
  SECRETS,
  systemError,
  TOKEN_AUTH,
} from './helpers.js'

const MARKER = '.codex-conduit-home'

afterEach(() => vi.restoreAllMocks())

test('a new home gets the files with modes for its owner only', async () => {
  const { from, to } = await freshHomes()
  const home = await prepareCodexHome({ from, to })
  expect(home).toMatchObject({
    path: to,
    created: true,
    copied: ['auth.json', 'config.toml'],
    missing: [],
    sharesRefreshToken: false,
  })
  expect(await readFile(path.join(to, 'auth.json'), 'utf8')).toBe(KEY_AUTH)
  expect(await readFile(path.join(to, 'config.toml'), 'utf8')).toBe(CONFIG)
  expect(await modeOf(to)).toBe('0700')
  for (const name of await namesIn(to)) expect(await modeOf(path.join(to, name))).toBe('0600')
})

test('nothing but the home and the mark in it is left beside the files', async () => {
  const { root, from, to } = await freshHomes()
  await prepareCodexHome({ from, to })
  expect(await namesIn(root)).toEqual(['source', 'target'])
  expect(await namesIn(to)).toEqual([MARKER, 'auth.json', 'config.toml'])
  expect(await namesIn(from)).toEqual(['auth.json', 'config.toml'])
})

test('folders above the home are made for their owner only', async () => {
  const { root, from } = await freshHomes()
  const to = path.join(root, 'workers', 'one', 'home')
  await prepareCodexHome({ from, to })
  expect(await modeOf(path.join(root, 'workers'))).toBe('0700')
  expect(await modeOf(path.join(root, 'workers', 'one'))).toBe('0700')
})

test('missing files are told, not refused', async () => {
  const { from, to } = await freshHomes({ 'config.toml': CONFIG })
  expect(await prepareCodexHome({ from, to })).toMatchObject({
    copied: ['config.toml'],
    missing: ['auth.json'],
  })
})

test('the files to copy can be named, and a name given twice counts once', async () => {
  const { from, to } = await freshHomes({ 'AGENTS.md': 'Be brief', 'auth.json': KEY_AUTH })
  const files = ['AGENTS.md', 'AGENTS.md', 'ci.config.toml']
  expect(await prepareCodexHome({ from, to, files })).toMatchObject({
    copied: ['AGENTS.md'],
    missing: ['ci.config.toml'],
  })
  expect(await namesIn(to)).toEqual([MARKER, 'AGENTS.md'])
})

test('a refresh token that source and copy now share is told', async () => {
  const { from, to } = await freshHomes({ 'auth.json': TOKEN_AUTH })
  const home = await prepareCodexHome({ from, to })
  expect(home.sharesRefreshToken).toBe(true)
  for (const secret of Object.values(SECRETS)) expect(everythingIn(home)).not.toContain(secret)
})

test('an empty folder becomes the home, its mode tightened', async () => {
  const { from, to } = await freshHomes()
  await mkdir(to)
  await chmod(to, 0o755)
  const home = await prepareCodexHome({ from, to })
  expect(home.created).toBe(false)
  expect(await modeOf(to)).toBe('0700')
  expect(await namesIn(to)).toEqual([MARKER, 'auth.json', 'config.toml'])
})

test('a home made earlier gets its files replaced and keeps everything else', async () => {
  const { from, to } = await freshHomes()
  await prepareCodexHome({ from, to })
  await writeFile(path.join(to, 'history.jsonl'), 'kept')
  await writeFile(path.join(from, 'auth.json'), TOKEN_AUTH)
  await rm(path.join(from, 'config.toml'))
  const again = await prepareCodexHome({ from, to })
  expect(again).toMatchObject({ created: false, copied: ['auth.json'], missing: ['config.toml'] })
  expect(await readFile(path.join(to, 'auth.json'), 'utf8')).toBe(TOKEN_AUTH)
  expect(await namesIn(to)).toEqual([MARKER, 'auth.json', 'config.toml', 'history.jsonl'])
})

test('a link that stands where a file goes is replaced, not followed', async () => {
  const { root, from, to } = await freshHomes()
  await prepareCodexHome({ from, to })
  const victim = path.join(root, 'victim')
  await writeFile(victim, 'untouched')
  await rm(path.join(to, 'auth.json'))
  await symlink(victim, path.join(to, 'auth.json'))
  await prepareCodexHome({ from, to })
  expect(await readFile(victim, 'utf8')).toBe('untouched')
  expect(await readFile(path.join(to, 'auth.json'), 'utf8')).toBe(KEY_AUTH)
})

test('a folder with files of others is left alone', async () => {
  const { from, to } = await freshHomes()
  await mkdir(to)
  await writeFile(path.join(to, 'notes.txt'), 'mine')
  const error = await rejectionOf(prepareCodexHome({ from, to }))
  expect(error).toBeInstanceOf(CodexHomeError)
  expect(error).toMatchObject({ code: 'CODEX_HOME_OCCUPIED', file: 'target' })
  expect(await namesIn(to)).toEqual(['notes.txt'])
})

test('a file in place of the home is left alone', async () => {
  const { from, to } = await freshHomes()
  await writeFile(to, 'mine')
  expect(await rejectionOf(prepareCodexHome({ from, to }))).toMatchObject({ code: 'CODEX_HOME_OCCUPIED' })
  expect(await readFile(to, 'utf8')).toBe('mine')
})

test.each(['absent', 'empty'])('concurrent calls for an %s target all succeed and agree', async (state) => {
  const { root, from, to } = await freshHomes()
  if (state === 'empty') await mkdir(to)
  const homes = await Promise.all(Array.from({ length: 12 }, () => prepareCodexHome({ from, to })))
  expect(homes.filter((home) => home.created)).toHaveLength(state === 'absent' ? 1 : 0)
  expect(await readFile(path.join(to, 'auth.json'), 'utf8')).toBe(KEY_AUTH)
  expect(await namesIn(to)).toEqual([MARKER, 'auth.json', 'config.toml'])
  expect(await namesIn(root)).toEqual(['source', 'target'])
})

test('a new home is not there before it is complete', async () => {
  const { from, to } = await freshHomes()
  const seen: string[][] = []
  vi.spyOn(fs, 'rename').mockImplementation(async (before, after) => {
    seen.push(await namesIn(to).catch(() => ['nothing']))
    await rename(before, after)
  })
  await prepareCodexHome({ from, to })
  expect(seen).toEqual([['nothing'], ['nothing'], ['nothing']])
})

test('a file that is being replaced is whole at every moment', async () => {
  const { from, to } = await freshHomes()
  await prepareCodexHome({ from, to })
  await writeFile(path.join(from, 'auth.json'), TOKEN_AUTH)
  const seen: string[] = []
  vi.spyOn(fs, 'rename').mockImplementation(async (before, after) => {
    seen.push(await readFile(path.join(to, 'auth.json'), 'utf8'))
    await rename(before, after)
    seen.push(await readFile(path.join(to, 'auth.json'), 'utf8'))
  })
  await prepareCodexHome({ from, to, files: ['auth.json'] })
  expect(seen).toEqual([KEY_AUTH, TOKEN_AUTH])
})

test('a disk that fails leaves nothing of a new home behind', async () => {
  const { root, from, to } = await freshHomes()
  vi.spyOn(fs, 'rename').mockRejectedValue(systemError('ENOSPC', path.join(to, 'auth.json')))
  const error = await rejectionOf(prepareCodexHome({ from, to }))
  expect(error).toMatchObject({ code: 'CODEX_HOME_UNWRITABLE', errno: 'ENOSPC', file: 'target' })
  expect(everythingIn(error)).not.toContain(root)
  expect(await namesIn(root)).toEqual(['source'])
})

test('a disk that fails leaves an earlier home as it was', async () => {
  const { from, to } = await freshHomes()
  await prepareCodexHome({ from, to })
  await writeFile(path.join(from, 'auth.json'), TOKEN_AUTH)
  vi.spyOn(fs, 'rename').mockRejectedValue(systemError('EIO', to))
  await expect(prepareCodexHome({ from, to })).rejects.toMatchObject({ code: 'CODEX_HOME_UNWRITABLE' })
  expect(await readFile(path.join(to, 'auth.json'), 'utf8')).toBe(KEY_AUTH)
  expect(await namesIn(to)).toEqual([MARKER, 'auth.json', 'config.toml'])
})

test('a file that cannot be read is named, and nothing is written', async () => {
  const { root, from, to } = await freshHomes()
  const { open } = fs
  vi.spyOn(fs, 'open').mockImplementation(async (place, ...rest) => {
    if (place === path.join(from, 'config.toml')) throw systemError('EACCES', String(place))
    return open(place, ...rest)
  })
  const error = await rejectionOf(prepareCodexHome({ from, to }))
  expect(error).toMatchObject({ code: 'CODEX_HOME_UNREADABLE', errno: 'EACCES', file: 'config.toml' })
  expect(everythingIn(error)).not.toContain(root)
  expect(await namesIn(root)).toEqual(['source'])
})

test('a folder in place of a file is refused', async () => {
  const { from, to } = await freshHomes({})
  await mkdir(path.join(from, 'auth.json'))
  await expect(prepareCodexHome({ from, to })).rejects.toMatchObject({
    code: 'CODEX_HOME_UNREADABLE',
    file: 'auth.json',
  })
})

test('a file of the largest size is copied and a larger one refused', async () => {
  const { from, to } = await freshHomes({ 'config.toml': '#'.repeat(MAX_HOME_FILE_BYTES) })
  expect(await prepareCodexHome({ from, to })).toMatchObject({ copied: ['config.toml'] })
  expect((await stat(path.join(to, 'config.toml'))).size).toBe(MAX_HOME_FILE_BYTES)
  await fs.appendFile(path.join(from, 'config.toml'), '#')
  await expect(prepareCodexHome({ from, to })).rejects.toMatchObject({
    code: 'CODEX_HOME_UNREADABLE',
    file: 'config.toml',
  })
})

test('a source that does not exist, or is no folder, is refused without its path', async () => {
  const { root, from, to } = await freshHomes()
  for (const wrong of [path.join(root, 'nowhere'), path.join(from, 'auth.json')]) {
    const error = await rejectionOf(prepareCodexHome({ from: wrong, to }))
    expect(error).toMatchObject({ code: 'CODEX_HOME_UNREADABLE', file: path.basename(wrong) })
    expect(everythingIn(error)).not.toContain(root)
  }
  expect(await namesIn(root)).toEqual(['source'])
})

test('a target in the source, around it, or the same is refused before anything is made', async () => {
  const { root, from } = await freshHomes()
  const link = path.join(root, 'link')
  await symlink(from, link)
  for (const to of [from, path.join(from, 'a', 'b'), root, path.join(link, 'a'), path.join(from, '..')]) {
    const error = await rejectionOf(prepareCodexHome({ from, to }))
    expect(error).toBeInstanceOf(InvalidInputError)
    expect(error).toMatchObject({ option: 'to' })
  }
  await expect(prepareCodexHome({ from: link, to: path.join(from, 'a') })).rejects.toMatchObject({
    option: 'to',
  })
  expect(await namesIn(from)).toEqual(['auth.json', 'config.toml'])
})

test('a folder beside the source whose name begins alike is a folder apart', async () => {
  const { from } = await freshHomes()
  expect(await prepareCodexHome({ from, to: `${from}-copy` })).toMatchObject({ created: true })
})

test.each([
  [{ to: '' }, 'to'],
  [{ to: 7 }, 'to'],
  [{ to: undefined }, 'to'],
  [{ to: 'a\0b' }, 'to'],
  [{ from: '' }, 'from'],
  [{ files: 'auth.json' }, 'files'],
  [{ files: ['auth.json', '../auth.json'] }, 'files[1]'],
  [{ files: ['/etc/passwd'] }, 'files[0]'],
  [{ files: ['..'] }, 'files[0]'],
  [{ files: ['a\\b'] }, 'files[0]'],
  [{ files: ['auth.json:stream'] }, 'files[0]'],
  [{ files: [MARKER] }, 'files[0]'],
  [{ signal: {} }, 'signal'],
  [{ file: ['auth.json'] }, 'file'],
])('wrong options are refused by name: %j', async (wrong, option) => {
  const options = { from: 'source', to: 'target', ...wrong } as Parameters<typeof prepareCodexHome>[0]
  await expect(prepareCodexHome(options)).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
})

test('no options at all are refused', async () => {
  const call = prepareCodexHome as (options?: unknown) => Promise<unknown>
  await expect(call()).rejects.toBeInstanceOf(InvalidInputError)
  await expect(call(null)).rejects.toBeInstanceOf(InvalidInputError)
})

test('a signal that is aborted stops before anything is made', async () => {
  const { root, from, to } = await freshHomes()
  const error = await rejectionOf(prepareCodexHome({ from, to, signal: AbortSignal.abort('enough') }))
  expect(error).toBeInstanceOf(AbortedError)
  expect(error).toMatchObject({ cause: 'enough' })
  expect(await namesIn(root)).toEqual(['source'])
})

test('a signal that is aborted midway leaves nothing of a new home behind', async () => {
  const { root, from, to } = await freshHomes()
  const controller = new AbortController()
  vi.spyOn(fs, 'rename').mockImplementation(async (before, after) => {
    controller.abort()
    await rename(before, after)
  })
  await expect(prepareCodexHome({ from, to, signal: controller.signal })).rejects.toBeInstanceOf(AbortedError)
  expect(await namesIn(root)).toEqual(['source'])
})

test('disposal removes the home that the call made, once and quietly again', async () => {
  const { root, from, to } = await freshHomes()
  {
    await using home = await prepareCodexHome({ from, to })
    await mkdir(path.join(home.path, 'sessions'))
    await writeFile(path.join(home.path, 'sessions', 'one'), '')
    await symlink(from, path.join(home.path, 'link'))
  }
  expect(await namesIn(root)).toEqual(['source'])
  expect(await namesIn(from)).toEqual(['auth.json', 'config.toml'])

  const home = await prepareCodexHome({ from, to })
  await Promise.all([home.dispose(), home.dispose()])
  await home.dispose()
  expect(await namesIn(root)).toEqual(['source'])
})

test('disposal keeps a folder that was there before, and one that took the place of the home', async () => {
  const { from, to } = await freshHomes()
  const first = await prepareCodexHome({ from, to })
  const second = await prepareCodexHome({ from, to })
  await second.dispose()
  expect(await namesIn(to)).toEqual([MARKER, 'auth.json', 'config.toml'])
  await rename(to, `${to}-moved`)
  await mkdir(to)
  await writeFile(path.join(to, 'notes.txt'), 'mine')
  await first.dispose()
  expect(await namesIn(to)).toEqual(['notes.txt'])
})

test('a disposal that failed is told without the path and can be repeated', async () => {
  const { root, from, to } = await freshHomes()
  const home = await prepareCodexHome({ from, to })
  vi.spyOn(fs, 'rm').mockRejectedValueOnce(systemError('EBUSY', to))
  const error = await rejectionOf(home.dispose())
  expect(error).toMatchObject({ code: 'CODEX_HOME_UNWRITABLE', errno: 'EBUSY', file: 'target' })
  expect(everythingIn(error)).not.toContain(root)
  await home.dispose()
  expect(await namesIn(root)).toEqual(['source'])
})

test('the source defaults to the home that Codex itself would use', async () => {
  const { from, to } = await freshHomes()
  vi.stubEnv('CODEX_HOME', from)
  try {
    expect(await prepareCodexHome({ to })).toMatchObject({ copied: ['auth.json', 'config.toml'] })
  } finally {
    vi.unstubAllEnvs()
  }
})

test('a relative target is resolved, and links above it are removed from its path', async () => {
  const { root, from } = await freshHomes()
  const real = await freshFolder()
  await symlink(real, path.join(root, 'workers'))
  const home = await prepareCodexHome({ from, to: path.relative('.', path.join(root, 'workers', 'one')) })
  expect(home.path).toBe(path.join(real, 'one'))
})
