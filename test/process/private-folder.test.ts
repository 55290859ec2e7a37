import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folderPrefix } from '../../src/process/left-folders.js'
import { makePrivateFolder } from '../../src/process/private-folder.js'

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'private-folder-test-'))
})
afterEach(() => rm(parent, { recursive: true, force: true }))

it('a private folder can be entered by this user only and goes with what is in it, once or twice', async () => {
  const folder = await makePrivateFolder()
  await writeFile(join(folder.path, 'file'), 'text')
  if (process.platform !== 'win32') expect(statSync(folder.path).mode & 0o777).toBe(0o700)
  await folder.remove()
  await folder.remove()
  expect(existsSync(folder.path)).toBe(false)
})

/** The number of a process that was there and has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid as number
}

/** What is left of some names when the next private folder is made. */
async function leftOf(...names: string[]): Promise<string[]> {
  const folder = await makePrivateFolder(parent)
  await folder.remove()
  return (await readdir(parent)).filter((name) => names.includes(name))
}

describe('a private folder that its process has left behind', () => {
  it('is removed with what is in it when the next one is made', async () => {
    const name = `${folderPrefix(await endedPid())}abcdef`
    await mkdir(join(parent, name))
    await writeFile(join(parent, name, 'token'), 'secret')
    expect(await leftOf(name)).toEqual([])
  })

  it('stays while its process runs', async () => {
    const other = await makePrivateFolder(parent)
    const parents = `${folderPrefix(process.ppid)}abcdef`
    await mkdir(join(parent, parents))
    const name = basename(other.path)
    expect((await leftOf(name, parents)).sort()).toEqual([name, parents].sort())
    await other.remove()
  })

  it.each([
    ['another machine or container', (pid: number) => `codex-conduit-0123456789ab-${pid}-abcdef`],
    ['an earlier version', () => 'codex-conduit-abcdef'],
    ['another program', (pid: number) => `${folderPrefix(pid)}abcdef.keep`],
  ])('stays when it is of %s', async (_whose, nameOf) => {
    const name = nameOf(await endedPid())
    await mkdir(join(parent, name))
    expect(await leftOf(name)).toEqual([name])
  })

  it('stays when it is no folder: what a link leads to is not touched', async () => {
    const target = join(parent, 'target')
    await mkdir(target)
    await writeFile(join(target, 'file'), 'text')
    const name = `${folderPrefix(await endedPid())}abcdef`
    await symlink(target, join(parent, name), 'junction')
    expect(await leftOf(name)).toEqual([name])
    expect(await readdir(target)).toEqual(['file'])
  })

  it('does no harm where folders cannot be listed', async () => {
    const name = `${folderPrefix(await endedPid())}abcdef`
    await mkdir(join(parent, name))
    await chmod(parent, 0o300)
    const folder = await makePrivateFolder(parent)
    expect(existsSync(folder.path)).toBe(true)
    await folder.remove()
    await chmod(parent, 0o700)
  })
})
