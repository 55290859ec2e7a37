import { describe, expect, it } from 'vitest'
import type { Store, StoreReport } from '../../../src/supervisor/index.js'
import { fileStoreOn } from '../../../src/supervisor/store/file-store.js'
import { FakeFiles, type Fault, systemError } from '../fake-files.js'
import { randomFrom } from '../random.js'
import { contentsOf, type Kinds } from '../records.js'

const FILE = '/state/store.jsonl'

async function open(files: FakeFiles, compactAboveBytes = 1_000_000) {
  const reports: StoreReport[] = []
  const onReport = (report: StoreReport) => reports.push(report)
  const store = fileStoreOn<Kinds>(files, '/state', { compactAboveBytes, onReport })
  await store.open()
  return { store, reports }
}

const put = (store: Store<Kinds>, key: string, state = 'queued') => store.put('run', key, { state })
const keys = async (store: Store<Kinds>) => (await store.list('run')).map(({ key }) => key)
const during =
  (name: string, error = systemError('EIO')): Fault =>
  (operation) =>
    operation.name === name && operation.file === 'store.jsonl' ? error : undefined

describe('a disk that fails', () => {
  it.each([0, 1, 20, 60])(
    'because it is full keeps nothing of a write, %i bytes of which fit, and everything once there is room',
    async (partly) => {
      const files = new FakeFiles()
      const { store } = await open(files)
      await put(store, 'a')
      const size = files.contents(FILE)?.length
      files.fault = ({ name }) => (name === 'write' ? { partly, error: systemError('ENOSPC') } : undefined)
      const refused = await Promise.allSettled([
        put(store, 'b'),
        store.delete('run', 'a'),
        store.patch('run', 'none', { state: '' }),
      ])
      for (const result of refused) {
        expect(result).toMatchObject({
          reason: { code: 'PERSISTENCE_FAILED', errno: 'ENOSPC', isWritten: false },
        })
      }
      expect(files.contents(FILE)?.length).toBe(size)
      expect(await keys(store)).toEqual(['a'])
      files.fault = () => undefined
      await put(store, 'c')
      await store.close()
      const { store: again, reports } = await open(files)
      expect(await keys(again)).toEqual(['a', 'c'])
      expect(reports).toEqual([])
    },
  )

  it('writes on where the system took only a part', async () => {
    const files = new FakeFiles()
    const { store } = await open(files)
    const original = files.open.bind(files)
    await store.close()
    files.open = async (file, flags) => {
      const handle = await original(file, flags)
      const { write } = handle as { write: (...args: unknown[]) => unknown }
      return Object.assign(handle, {
        write: (bytes: Uint8Array, offset: number, length: number, position: number) =>
          write(bytes, offset, Math.min(length, 7), position),
      })
    }
    const { store: again } = await open(files)
    await put(again, 'a')
    await again.close()
    const { store: third } = await open(files)
    expect(await keys(third)).toEqual(['a'])
  })

  it('and does not sync leaves the write in doubt, refuses all others, and still tells what lasts', async () => {
    const files = new FakeFiles()
    const { store } = await open(files)
    await put(store, 'a')
    files.fault = during('sync')
    await expect(put(store, 'b')).rejects.toMatchObject({
      code: 'PERSISTENCE_FAILED',
      errno: 'EIO',
      isWritten: undefined,
    })
    files.fault = () => undefined
    await expect(put(store, 'c')).rejects.toMatchObject({ code: 'PERSISTENCE_FAILED', isWritten: false })
    expect(await keys(store)).toEqual(['a'])
    await store.close()
    const { store: again } = await open(files)
    expect(await keys(again)).toEqual(['a', 'b'])
    await put(again, 'c')
  })

  it('and does not take back half a write refuses all others, and the next opening cuts it', async () => {
    const files = new FakeFiles()
    const { store } = await open(files)
    await put(store, 'a')
    files.fault = ({ name }) => {
      if (name === 'write') return { partly: 10, error: systemError('EIO') }
      return name === 'truncate' ? systemError('EIO') : undefined
    }
    await expect(put(store, 'b')).rejects.toMatchObject({ isWritten: undefined })
    files.fault = () => undefined
    await expect(put(store, 'c')).rejects.toMatchObject({ isWritten: false })
    await store.close()
    const { store: again, reports } = await open(files)
    expect(await keys(again)).toEqual(['a'])
    expect(reports).toMatchObject([{ type: 'end-cut', bytes: 10 }])
  })

  it.each(['open', 'write', 'rename', 'sync'] as const)(
    'to %s the shorter file leaves the longer one in use',
    async (name) => {
      const files = new FakeFiles()
      const { store, reports } = await open(files, 100)
      await put(store, 'kept')
      const isNew = (file: string) => file.endsWith('.tmp') || name === 'rename'
      files.fault = (operation) =>
        operation.name === name && isNew(operation.file) ? systemError('ENOSPC') : undefined
      for (let i = 0; i < 20; i += 1) await put(store, 'a', `${i}`)
      expect(reports.length).toBeGreaterThan(0)
      expect(reports).toMatchObject(
        reports.map(() => ({ type: 'compaction-failed', error: { errno: 'ENOSPC', isWritten: false } })),
      )
      // Tried again only when the file has doubled.
      expect(reports.length).toBeLessThan(6)
      files.fault = () => undefined
      const long = files.contents(FILE)?.length ?? 0
      for (let i = 0; i < 60; i += 1) await put(store, 'a', `${i}`)
      expect(files.contents(FILE)?.length).toBeLessThan(long)
      const before = await contentsOf(store)
      await store.close()
      expect(await contentsOf((await open(files)).store)).toEqual(before)
      expect(files.names().filter((file) => file.endsWith('.tmp'))).toEqual([])
    },
  )

  it('and does not sync the folder of the shorter file lets nothing more be written', async () => {
    const files = new FakeFiles()
    const { store, reports } = await open(files, 100)
    files.fault = ({ name }) => (name === 'syncFolder' ? systemError('EIO') : undefined)
    let refused = 0
    for (let i = 0; i < 20; i += 1) await put(store, 'a', `${i}`).catch(() => (refused += 1))
    expect(refused).toBeGreaterThan(10)
    expect(reports).toMatchObject([{ type: 'compaction-failed', error: { isWritten: undefined } }])
    const before = await contentsOf(store)
    files.fault = () => undefined
    await store.close()
    expect(await contentsOf((await open(files)).store)).toEqual(before)
  })

  it('while the store is opened refuses it, keeps the file and can be tried again', async () => {
    const before = new FakeFiles()
    const { store } = await open(before)
    await put(store, 'a')
    await store.close()
    const last = before.operations
    const healthy = before.afterKill()
    await (await open(healthy)).store.close()
    for (let index = 0; index < healthy.operations; index += 1) {
      const files = before.afterKill()
      files.fault = (operation) => (operation.index === index ? systemError('EIO') : undefined)
      const retried = fileStoreOn<Kinds>(files, '/state')
      const failed = await retried.open().then(
        () => undefined,
        (error: unknown) => error,
      )
      files.fault = () => undefined
      if (failed) {
        expect(failed).toMatchObject({ code: 'PERSISTENCE_FAILED', errno: 'EIO' })
        await retried.open()
      }
      expect(await keys(retried)).toEqual(['a'])
      await retried.close()
    }
    expect(last).toBeGreaterThan(0)
  })

  it('or loses power at any moment keeps every acknowledged record, and no half of one that was not', async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = randomFrom(seed)
      let files = new FakeFiles()
      let acknowledged = 0
      let attempted = 0
      for (let life = 0; life < 3; life += 1) {
        const current = files
        const crashAt = current.operations + Math.floor(random() * 120)
        let crashed: FakeFiles | undefined
        current.fault = ({ index }) => {
          if (index < crashAt) return undefined
          crashed ??= random() < 0.5 ? current.afterKill() : current.afterPowerLoss(random)
          return systemError('EIO')
        }
        try {
          const { store } = await open(current, 300)
          while (!crashed) {
            attempted += 1
            const own = attempted
            await Promise.all([
              store.batch([
                { type: 'put', kind: 'run', key: 'left', value: { state: `${own}` } },
                { type: 'put', kind: 'run', key: 'right', value: { state: `${own}` } },
              ]),
              store.put('session', `s${own % 7}`, { cwd: '/', status: 'x'.repeat(own % 50) }),
            ])
            if (!crashed) acknowledged = own
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'PERSISTENCE_FAILED' })
        }
        files = crashed ?? current.afterKill()
        // The lock is that of this very process, which lives: in earnest it would have died.
        files = withoutLock(files)
        const { store } = await open(files)
        const left = Number((await store.get('run', 'left'))?.state ?? 0)
        expect(Number((await store.get('run', 'right'))?.state ?? 0), `seed ${seed}`).toBe(left)
        expect(left, `seed ${seed}`).toBeGreaterThanOrEqual(acknowledged)
        expect(left, `seed ${seed}`).toBeLessThanOrEqual(attempted)
        await store.close()
        acknowledged = left
      }
    }
  })
})

function withoutLock(files: FakeFiles): FakeFiles {
  const kept = files.names().filter((name) => !name.includes('.lock'))
  return new FakeFiles(new Map(kept.map((name) => [name, files.contents(name) ?? Buffer.alloc(0)])))
}
