import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileStore, type StoreReport } from '../../../src/supervisor/index.js'
import { freshFolder } from '../folders.js'
import { contentsOf, type Kinds } from '../records.js'

async function open(folder: string, options: object = {}, schema: object = {}) {
  const reports: StoreReport[] = []
  const store = fileStore<Kinds>(folder, { ...options, onReport: (report) => reports.push(report) })
  await store.open(schema)
  return { store, reports }
}

const state = (folder: string) => join(folder, 'store.jsonl')

describe('the file store', () => {
  it('makes its folder, for its owner only, and has its records after it was opened again', async () => {
    const folder = join(await freshFolder(), 'deep', 'er')
    const { store } = await open(folder)
    await store.put('run', 'a', { state: 'queued' })
    await store.put('run', 'b', { state: 'queued' })
    await store.delete('run', 'a')
    const before = await contentsOf(store)
    await store.close()
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(state(folder))).mode & 0o777).toBe(0o600)
    const { store: again, reports } = await open(folder)
    expect(await contentsOf(again)).toEqual(before)
    expect(reports).toEqual([])
    await again.close()
  })

  it('writes many waiting changes with one line', async () => {
    const folder = await freshFolder()
    const { store } = await open(folder)
    await Promise.all(Array.from({ length: 500 }, (_, i) => store.put('run', `r${i}`, { state: 'queued' })))
    await store.close()
    const lines = (await readFile(state(folder), 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(2)
  })

  it('says what it says whatever was done, before and after it was opened again', async () => {
    const operation = fc.record({
      type: fc.constantFrom('put', 'patch', 'delete', 'reopen', 'wait'),
      kind: fc.constantFrom('run', 'session'),
      key: fc.constantFrom('a', 'b', '__proto__', '1'),
      value: fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const folder = await freshFolder()
        const options = { compactAboveBytes: 200 }
        let { store } = await open(folder, options)
        const model = { run: new Map<string, object>(), session: new Map<string, object>() }
        let pending: Promise<unknown>[] = []
        for (const { type, kind, key, value } of operations) {
          const records = model[kind as 'run']
          const copy = JSON.parse(JSON.stringify(value)) as object
          if (type === 'put') {
            records.set(key, copy)
            pending.push(store.put(kind as 'run', key, copy as Kinds['run']))
          } else if (type === 'delete') {
            records.delete(key)
            pending.push(store.delete(kind as 'run', key))
          } else if (type === 'patch' && records.has(key)) {
            records.set(key, { ...records.get(key), ...copy })
            pending.push(store.patch(kind as 'run', key, copy))
          } else if (type !== 'patch') {
            await Promise.all(pending)
            pending = []
            if (type === 'reopen') {
              await store.close()
              store = (await open(folder, options)).store
            }
          }
        }
        await Promise.all(pending)
        const expected = {
          session: Array.from(model.session, ([key, value]) => ({ key, value })),
          run: Array.from(model.run, ([key, value]) => ({ key, value })),
        }
        expect(JSON.stringify(await contentsOf(store))).toBe(JSON.stringify(expected))
        await store.close()
        store = (await open(folder, options)).store
        expect(JSON.stringify(await contentsOf(store))).toBe(JSON.stringify(expected))
        await store.close()
      }),
      { numRuns: 25 },
    )
  })

  it('refuses a file from which a line is missing, or in which one stands twice', async () => {
    const folder = await freshFolder()
    const { store } = await open(folder)
    for (const key of ['a', 'b', 'c']) await store.put('run', key, { state: 'queued' })
    await store.close()
    const lines = (await readFile(state(folder), 'utf8')).split(/(?<=\n)/)
    for (const order of [
      [0, 1, 3],
      [0, 1, 2, 2, 3],
      [0, 2, 1, 3],
    ]) {
      await writeFile(state(folder), order.map((index) => lines[index]).join(''))
      await expect(open(folder)).rejects.toMatchObject({ code: 'FILE_DAMAGED' })
    }
  })

  it('takes zeros at the end, which a loss of power leaves, for a write that was not finished', async () => {
    const folder = await freshFolder()
    const { store } = await open(folder)
    await store.put('run', 'a', { state: 'queued' })
    await store.close()
    const whole = await readFile(state(folder))
    await writeFile(state(folder), Buffer.concat([whole, Buffer.alloc(100), Buffer.from('x\n')]))
    const { store: again, reports } = await open(folder)
    expect(reports).toMatchObject([{ type: 'end-cut', offset: whole.length, bytes: 102 }])
    expect(await again.get('run', 'a')).toEqual({ state: 'queued' })
    await again.close()
    await writeFile(state(folder), Buffer.concat([Buffer.alloc(whole.length), whole]))
    await expect(open(folder)).rejects.toMatchObject({ code: 'FILE_DAMAGED' })
  })

  it('writes the file anew when changes outgrow the bound, and loses nothing by it', async () => {
    const folder = await freshFolder()
    const { store, reports } = await open(folder, { compactAboveBytes: 2_000 })
    await store.put('session', 's', { cwd: '/', status: 'idle' })
    for (let i = 0; i < 200; i += 1) {
      await Promise.all([store.put('run', `r${i % 5}`, { state: `${i}` }), store.delete('run', 'none')])
    }
    const before = await contentsOf(store)
    await store.close()
    expect((await stat(state(folder))).size).toBeLessThan(5_000)
    const { store: again } = await open(folder)
    expect(await contentsOf(again)).toEqual(before)
    expect(reports).toEqual([])
    await again.close()
    const names = (await readdir(folder)).filter((name) => !name.includes('.lock.'))
    expect(names).toEqual(['store.jsonl'])
  })

  it('removes what a writer left that was killed while it wrote the file anew', async () => {
    const folder = await freshFolder()
    await writeFile(join(folder, '.store.jsonl.0123456789abcdef.tmp'), 'half')
    await writeFile(join(folder, 'mine.txt'), 'kept')
    const dead = { pid: 2 ** 22 + 1, start: 'x', host: hostname() }
    await writeFile(join(folder, '.store.lock.0123456789abcdef.tmp'), `${JSON.stringify(dead)}\n`)
    const { store } = await open(folder)
    expect((await readdir(folder)).sort()).toEqual(['mine.txt', 'store.jsonl', 'store.lock.1'])
    await store.close()
  })
})
