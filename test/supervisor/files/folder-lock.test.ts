import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookUpProcess } from '../../../src/process/process-identity.js'
import { nodeFileSystem } from '../../../src/supervisor/files/file-system.js'
import { type FolderLock, lockFolder } from '../../../src/supervisor/files/folder-lock.js'
import { FakeFiles, systemError } from '../fake-files.js'
import { freshFolder } from '../folders.js'
import { randomFrom } from '../random.js'

const lock = (folder: string) => lockFolder(nodeFileSystem, folder, 'store')
const own = async () => ({ ...(await lookUpProcess(process.pid)), pid: process.pid, host: hostname() })

async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid as number
}

describe('the lock of a folder', () => {
  it('refuses a second holder with the number of the process that has it', async () => {
    const folder = await freshFolder()
    const held = await lock(folder)
    await expect(lock(folder)).rejects.toMatchObject({
      code: 'FOLDER_LOCKED',
      pid: process.pid,
      host: hostname(),
      file: join(folder, 'store.lock.1'),
      message: expect.stringContaining(`process ${process.pid}`),
    })
    await (await lockFolder(nodeFileSystem, folder, 'events')).release()
    await held.release()
    const again = await lock(folder)
    expect(again.takenOverFrom).toBeUndefined()
    await again.release()
  })

  it('refuses while another process that lives has it, and is taken over when that was killed', async () => {
    const folder = await freshFolder()
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    const pid = child.pid as number
    const { start } = await lookUpProcess(pid)
    await writeFile(join(folder, 'store.lock.4'), `${JSON.stringify({ pid, start, host: hostname() })}\n`)
    await expect(lock(folder)).rejects.toMatchObject({ pid })
    child.kill('SIGKILL')
    await once(child, 'exit')
    const held = await lock(folder)
    expect(held.takenOverFrom).toBe(pid)
    expect(await readdir(folder)).toEqual(['store.lock.5'])
    await held.release()
  })

  it('is taken over from a process whose number another one has by now', async () => {
    const folder = await freshFolder()
    const stale = { ...(await own()), start: 'another boot:1' }
    await writeFile(join(folder, 'store.lock.1'), `${JSON.stringify(stale)}\n`)
    const held = await lock(folder)
    expect(held.takenOverFrom).toBe(process.pid)
    await held.release()
  })

  it('is taken over when the death came while it was given back', async () => {
    const folder = await freshFolder()
    const stale = { pid: await endedPid(), host: hostname() }
    await writeFile(join(folder, 'store.lock.1'), `${JSON.stringify(stale)}\nrele`)
    await (await lock(folder)).release()
  })

  it('is left to a process of another machine, which cannot be asked after', async () => {
    const folder = await freshFolder()
    const owner = { pid: 1, host: `not-${hostname()}` }
    await writeFile(join(folder, 'store.lock.1'), `${JSON.stringify(owner)}\n`)
    await expect(lock(folder)).rejects.toMatchObject({ host: owner.host })
  })

  it.each(['', 'nonsense\n', '{"pid":-1,"host":"x"}\n', 'null\n'])(
    'is left alone when its file does not tell whose it is: %j',
    async (contents) => {
      const folder = await freshFolder()
      const file = join(folder, 'store.lock.1')
      await writeFile(file, contents)
      await expect(lock(folder)).rejects.toMatchObject({ code: 'FOLDER_LOCKED', file })
      expect(await readFile(file, 'utf8')).toBe(contents)
    },
  )

  it('goes to exactly one of many that want it from a dead process at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const folder = await freshFolder()
      const stale = { ...(await own()), start: 'another boot:1' }
      await writeFile(join(folder, 'store.lock.9'), `${JSON.stringify(stale)}\n`)
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => lock(folder)))
      const winners = results.filter((result) => result.status === 'fulfilled')
      expect(winners).toHaveLength(1)
      await winners[0]?.value.release()
    }
  })

  it('is never held twice, however those that take it and give it back are interleaved', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = randomFrom(seed)
      const files = new FakeFiles()
      const slow = slowed(files, random)
      let holders = 0
      let taken = 0
      const contender = async () => {
        for (let round = 0; round < 4; round += 1) {
          const held: FolderLock | undefined = await lockFolder(slow, '/x', 'store').catch(() => undefined)
          if (!held) continue
          holders += 1
          taken += 1
          expect(holders).toBe(1)
          await turns(random)
          holders -= 1
          await held.release()
        }
      }
      await Promise.all(Array.from({ length: 5 }, contender))
      expect(taken).toBeGreaterThan(0)
    }
  })

  it.each(['open', 'write', 'link', 'list'] as const)(
    'is not held when the system fails to %s, and leaves nothing behind',
    async (name) => {
      const files = new FakeFiles()
      files.fault = (operation) => (operation.name === name ? systemError('EIO') : undefined)
      await expect(lockFolder(files, '/x', 'store')).rejects.toMatchObject({
        code: 'PERSISTENCE_FAILED',
        errno: 'EIO',
      })
      files.fault = () => undefined
      expect(files.names()).toEqual([])
      await (await lockFolder(files, '/x', 'store')).release()
    },
  )
})

/** Waits for a random number of turns of the event loop's microtasks. */
async function turns(random: () => number): Promise<void> {
  for (let left = Math.floor(random() * 12); left > 0; left -= 1) await Promise.resolve()
}

/** The same files, each operation of which takes a random while. */
function slowed(files: FakeFiles, random: () => number): FakeFiles {
  return new Proxy(files, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        await turns(random)
        return (member as (...args: unknown[]) => unknown).apply(target, args)
      }
    },
  })
}
