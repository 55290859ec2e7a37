import { describe, expect, it } from 'vitest'
import type { StoreReport } from '../../../src/supervisor/index.js'
import { fileStoreOn } from '../../../src/supervisor/store/file-store.js'
import { FakeFiles } from '../fake-files.js'
import { contentsOf, type Kinds } from '../records.js'

const FILE = '/state/store.jsonl'

async function open(files: FakeFiles) {
  const reports: StoreReport[] = []
  const store = fileStoreOn<Kinds>(files, '/state', { onReport: (report) => reports.push(report) })
  await store.open()
  return { store, reports }
}

describe('a file that was cut or changed', () => {
  it('reads, from a file cut at any byte, what was acknowledged up to there', async () => {
    const files = new FakeFiles()
    const { store } = await open(files)
    const steps: { readonly size: number; readonly contents: unknown }[] = []
    const note = async () => {
      steps.push({ size: files.contents(FILE)?.length ?? 0, contents: await contentsOf(store) })
    }
    await note()
    for (let step = 0; step < 2; step += 1) {
      await store.batch([
        { type: 'put', kind: 'run', key: `ä${step}`, value: { state: 'queued' } },
        { type: 'delete', kind: 'run', key: `ä${step - 2}` },
      ])
      await note()
    }
    await store.close()
    const whole = files.contents(FILE) ?? Buffer.alloc(0)
    const head = steps[0]?.size ?? 0
    for (let size = 0; size <= whole.length; size += 1) {
      files.put(FILE, whole.subarray(0, size))
      if (size < head) {
        // The head is put in place at once: no writer leaves a part of it.
        await expect(open(files)).rejects.toMatchObject({ code: 'FILE_DAMAGED', offset: 0 })
        expect(files.contents(FILE)?.length).toBe(size)
        continue
      }
      const { store: cut, reports } = await open(files)
      const last = steps.findLast((step) => step.size <= size)
      expect(await contentsOf(cut)).toEqual(last?.contents)
      expect(reports).toEqual(
        last?.size === size
          ? []
          : [{ type: 'end-cut', file: FILE, offset: last?.size, bytes: size - (last?.size ?? 0) }],
      )
      await cut.put('run', 'next', { state: 'queued' })
      await cut.close()
      const { store: next } = await open(files)
      expect(await next.get('run', 'next')).toEqual({ state: 'queued' })
      await next.close()
    }
  })

  it('refuses a file with any byte changed in what was acknowledged, names the place and changes nothing', async () => {
    const files = new FakeFiles()
    const { store } = await open(files)
    for (const key of ['a', 'b', 'c']) await store.put('run', key, { state: 'queued' })
    await store.close()
    const whole = files.contents(FILE) ?? Buffer.alloc(0)
    const ends = [...whole.entries()].flatMap(([index, byte]) => (byte === 0x0a ? [index + 1] : []))
    // Not the last line feed: a line without it is one that was not finished.
    for (let index = 0; index < whole.length - 1; index += 1) {
      const changed = Buffer.from(whole)
      changed[index] = (changed[index] ?? 0) ^ 0x01
      files.put(FILE, changed)
      const start = ends.findLast((end) => end <= index) ?? 0
      await expect(open(files), `byte ${index}`).rejects.toMatchObject({
        code: 'FILE_DAMAGED',
        file: FILE,
        offset: start,
      })
      expect(files.contents(FILE)).toEqual(changed)
    }
  })
})
