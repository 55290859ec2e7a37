import fs, { chmod, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { CodexHomeError, prepareCodexHome } from '../../../src/process/codex-home/index.js'
import { freshHomes, KEY_AUTH, modeOf, namesIn, rejectionOf } from './helpers.js'

const MARKER = '.codex-conduit-home'

afterEach(() => vi.restoreAllMocks())

interface Scene {
  readonly root: string
  readonly from: string
  readonly to: string
  readonly victim: string
}

/** A home that was made before, and a folder of somebody else's beside it. */
async function scene(): Promise<Scene> {
  const homes = await freshHomes()
  await prepareCodexHome(homesOf(homes))
  const victim = path.join(homes.root, 'victim')
  await mkdir(victim)
  await chmod(victim, 0o755)
  await writeFile(path.join(victim, 'notes.txt'), 'mine')
  return { ...homes, victim }
}

/** What is asked of `prepareCodexHome` in a scene. */
const homesOf = ({ from, to }: Pick<Scene, 'from' | 'to'>) => ({ from, to })

/** Puts a link to the victim in place of the home. */
async function swap({ to, victim }: Scene, place = to): Promise<void> {
  await rename(place, `${place}-moved`)
  await symlink(victim, place)
}

/** Does something after the first call of a function on a path that is accepted. */
function afterFirst(
  name: 'lstat' | 'readdir' | 'rename',
  accepts: (place: string) => boolean,
  act: () => Promise<void>,
): () => boolean {
  const original = fs[name] as (...args: unknown[]) => Promise<unknown>
  let isDone = false
  vi.spyOn(fs, name as 'rename').mockImplementation((async (...args: unknown[]) => {
    const result = await original(...args)
    if (!isDone && accepts(String(args[0]))) {
      isDone = true
      await act()
    }
    return result
  }) as typeof fs.rename)
  return () => isDone
}

/** Makes the system look like one where an open folder has no path of its own. */
function withoutDescriptorPaths(): void {
  const { stat } = fs
  vi.spyOn(fs, 'stat').mockImplementation((async (place: string, options: object) => {
    if (place.startsWith('/proc/')) throw new Error('no such path')
    return stat(place, options)
  }) as typeof fs.stat)
}

async function expectUntouched({ victim }: Scene): Promise<void> {
  expect(await namesIn(victim)).toEqual(['notes.txt'])
  expect(await modeOf(victim)).toBe('0755')
}

describe.each(['by its path', 'where the system can, through its descriptor'])('a home filled %s', (how) => {
  const arrange = async () => {
    const here = await scene()
    if (how === 'by its path') withoutDescriptorPaths()
    return here
  }

  test.each(['lstat', 'readdir'] as const)(
    'is refused when a link takes its place after %s, and where the link leads nothing changes',
    async (name) => {
      const here = await arrange()
      // What is looked at last of all before the home is opened, and what is listed then.
      let looks = 0
      const accepts = (place: string) =>
        name === 'lstat'
          ? place === here.to && ++looks === 2
          : place === here.to || place.startsWith('/proc/')
      const isSwapped = afterFirst(name, accepts, () => swap(here))
      const error = await rejectionOf(prepareCodexHome(homesOf(here)))
      expect(isSwapped()).toBe(true)
      expect(error).toBeInstanceOf(CodexHomeError)
      expect(error).toMatchObject({ code: 'CODEX_HOME_UNSAFE', file: 'target' })
      await expectUntouched(here)
    },
  )

  test('is refused when a link takes its place between two files', async () => {
    const here = await arrange()
    afterFirst(
      'rename',
      (place) => place.includes('.auth.json.'),
      () => swap(here),
    )
    expect(await rejectionOf(prepareCodexHome(homesOf(here)))).toMatchObject({ code: 'CODEX_HOME_UNSAFE' })
    await expectUntouched(here)
  })

  test('is refused when another folder takes its place after the last file', async () => {
    const here = await arrange()
    afterFirst(
      'rename',
      (place) => place.includes('.config.toml.'),
      async () => {
        await rename(here.to, `${here.to}-moved`)
        await rename(here.victim, here.to)
      },
    )
    expect(await rejectionOf(prepareCodexHome(homesOf(here)))).toMatchObject({ code: 'CODEX_HOME_UNSAFE' })
    await expectUntouched({ ...here, victim: here.to })
  })

  test('is refused when it is new and another folder takes its place before it is moved', async () => {
    const here = await arrange()
    const to = path.join(here.root, 'new')
    const { rename: move } = fs
    vi.spyOn(fs, 'rename').mockImplementation(async (before, after) => {
      if (after === to) await swap(here, String(before))
      await move(before, after)
    })
    expect(await rejectionOf(prepareCodexHome({ from: here.from, to }))).toMatchObject({
      code: 'CODEX_HOME_UNSAFE',
    })
    await expectUntouched(here)
  })
})

test.runIf(process.platform === 'linux')(
  'a link that takes the place of the home while a file is written gets nothing',
  async () => {
    const here = await scene()
    const { open } = fs
    vi.spyOn(fs, 'open').mockImplementation(async (place, ...rest) => {
      if (String(place).includes('.auth.json.')) await swap(here)
      return open(place, ...rest)
    })
    expect(await rejectionOf(prepareCodexHome({ ...homesOf(here), files: ['auth.json'] }))).toMatchObject({
      code: 'CODEX_HOME_UNSAFE',
    })
    await expectUntouched(here)
    // The folder that was checked is the one that was filled.
    expect(await namesIn(`${here.to}-moved`)).toEqual([MARKER, 'auth.json', 'config.toml'])
    expect(await readFile(path.join(`${here.to}-moved`, 'auth.json'), 'utf8')).toBe(KEY_AUTH)
  },
)

test('a home that disappears while it is filled is told as one that cannot be written', async () => {
  const here = await scene()
  afterFirst(
    'rename',
    (place) => place.includes('.auth.json.'),
    () => rename(here.to, `${here.to}-moved`),
  )
  expect(await rejectionOf(prepareCodexHome(homesOf(here)))).toMatchObject({
    code: 'CODEX_HOME_UNWRITABLE',
    errno: 'ENOENT',
  })
})

test('a folder that cannot be opened leaves nothing behind', async () => {
  const { root, from, to } = await freshHomes()
  const { open } = fs
  vi.spyOn(fs, 'open').mockImplementation(async (place, ...rest) => {
    if (String(place).endsWith('.tmp')) throw Object.assign(new Error('refused'), { code: 'EACCES' })
    return open(place, ...rest)
  })
  expect(await rejectionOf(prepareCodexHome({ from, to }))).toMatchObject({ errno: 'EACCES' })
  expect(await namesIn(root)).toEqual(['source'])
})

test('no descriptor is left open, whatever the outcome', async () => {
  const here = await scene()
  const { open } = fs
  const handles: fs.FileHandle[] = []
  vi.spyOn(fs, 'open').mockImplementation(async (...args) => {
    const handle = await open(...args)
    handles.push(handle)
    return handle
  })
  await prepareCodexHome(homesOf(here))
  await prepareCodexHome({ from: here.from, to: path.join(here.root, 'new') })
  await rejectionOf(prepareCodexHome({ from: here.from, to: here.victim }))
  afterFirst(
    'rename',
    (place) => place.includes('.auth.json.'),
    () => swap(here),
  )
  await rejectionOf(prepareCodexHome(homesOf(here)))
  expect(handles.length).toBeGreaterThan(4)
  // A closed handle has no descriptor any more.
  expect(handles.map(({ fd }) => fd)).toEqual(handles.map(() => -1))
})
