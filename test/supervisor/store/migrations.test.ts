import { describe, expect, it } from 'vitest'
import type { Migration, StoreReport } from '../../../src/supervisor/index.js'
import { toCheckedLine } from '../../../src/supervisor/store/checked-line.js'
import { fileStoreOn } from '../../../src/supervisor/store/file-store.js'
import { FakeFiles, systemError } from '../fake-files.js'
import { contentsOf, type Kinds } from '../records.js'

const FILE = '/state/store.jsonl'

async function open(files: FakeFiles, migrations: readonly Migration[] = []) {
  const reports: StoreReport[] = []
  const store = fileStoreOn<Kinds>(files, '/state', { onReport: (report) => reports.push(report) })
  await store.open({ migrations })
  return { store, reports }
}

/** Files with a run in version 1 of the schema, which had no states but numbers. */
async function firstVersion(): Promise<FakeFiles> {
  const files = new FakeFiles()
  const { store } = await open(files)
  await store.put('run', 'a', { state: '0' })
  await store.put('run', 'b', { state: '1' })
  await store.close()
  return files
}

const toWords: Migration = (records) =>
  records.map(({ kind, key, value }) => ({
    kind,
    key,
    value: { ...value, state: value.state === '0' ? 'queued' : 'running' },
  }))
const toSessions: Migration = async (records) => [
  ...records,
  { kind: 'session', key: 's', value: { cwd: '/', status: `${records.length} runs` } },
]

const migrated = {
  run: [
    { key: 'a', value: { state: 'queued' } },
    { key: 'b', value: { state: 'running' } },
  ],
  session: [{ key: 's', value: { cwd: '/', status: '2 runs' } }],
}

describe('the migrations of a store', () => {
  it('are done once, in order, from the version that the file has, which is kept beside it', async () => {
    const files = await firstVersion()
    const old = files.contents(FILE)
    const { store, reports } = await open(files, [toWords])
    expect(reports).toEqual([{ type: 'migrated', file: FILE, from: 1, to: 2, backup: `${FILE}.v1` }])
    expect(files.contents(`${FILE}.v1`)).toEqual(old)
    await store.close()
    const { store: next, reports: nextReports } = await open(files, [toWords, toSessions])
    expect(nextReports).toMatchObject([{ type: 'migrated', from: 2, to: 3 }])
    expect(await contentsOf(next)).toEqual(migrated)
    await next.put('run', 'c', { state: 'queued' })
    await next.close()
    const { store: last, reports: none } = await open(files, [toWords, toSessions])
    expect(none).toEqual([])
    expect((await last.list('run')).map(({ key }) => key)).toEqual(['a', 'b', 'c'])
  })

  it('have nothing to do for a new store, which has the newest version', async () => {
    const files = new FakeFiles()
    const never: Migration = () => {
      throw new Error('called')
    }
    await (await open(files, [never, never])).store.close()
    expect((await open(files, [never, never])).reports).toEqual([])
  })

  it('are refused by a version that does not know the newest, and nothing is changed', async () => {
    const files = await firstVersion()
    await (await open(files, [toWords, toSessions])).store.close()
    const before = files.contents(FILE)
    await expect(open(files, [toWords])).rejects.toMatchObject({
      code: 'FILE_NEWER',
      file: FILE,
      found: 3,
      supported: 2,
    })
    expect(files.contents(FILE)).toEqual(before)
  })

  it('do not concern a file whose format itself is newer: it is refused', async () => {
    const files = new FakeFiles()
    const head = { format: 'codex-conduit-store', version: 2, something: 'else' }
    files.put(FILE, toCheckedLine(JSON.stringify(head)))
    await expect(open(files)).rejects.toMatchObject({ code: 'FILE_NEWER', found: 2, supported: 1 })
    files.put(FILE, toCheckedLine(JSON.stringify({ ...head, format: 'another' })))
    await expect(open(files)).rejects.toMatchObject({ code: 'FILE_DAMAGED', offset: 0 })
  })

  it.each<[string, Migration]>([
    [
      'throws',
      () => {
        throw new Error('cannot')
      },
    ],
    ['rejects', () => Promise.reject(new Error('cannot'))],
    ['returns nothing', () => undefined as never],
    ['returns what no store can keep', () => [{ kind: 'run', key: '', value: {} }]],
    ['returns values that JSON does not say', () => [{ kind: 'run', key: 'a', value: { at: new Date() } }]],
  ])('refuse the opening when one %s, and nothing is changed', async (_what, migration) => {
    const files = await firstVersion()
    const before = files.contents(FILE)
    await expect(open(files, [toWords, migration])).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      file: FILE,
      fromVersion: 2,
      cause: expect.any(Error),
    })
    expect(files.contents(FILE)).toEqual(before)
    expect(files.names().filter((name) => name.includes('.v'))).toEqual([])
    const { store } = await open(files, [toWords])
    expect(await contentsOf(store)).toEqual({ ...migrated, session: [] })
  })

  it('are done or not done after a death at any moment, and done by the next opening', async () => {
    const files = await firstVersion()
    const measure = files.afterKill()
    await (await open(measure, [toWords, toSessions])).store.close()
    for (let index = 0; index < measure.operations; index += 1) {
      const dying = files.afterKill()
      let left: FakeFiles | undefined
      dying.fault = (operation) => {
        if (operation.index < index) return undefined
        left ??= dying.afterKill()
        return systemError('EIO')
      }
      await open(dying, [toWords, toSessions]).catch(() => undefined)
      const next = left ?? dying.afterKill()
      const kept = next.names().filter((name) => !name.includes('.lock'))
      const reopened = new FakeFiles(new Map(kept.map((name) => [name, next.contents(name) as Buffer])))
      const { store } = await open(reopened, [toWords, toSessions])
      expect(await contentsOf(store)).toEqual(migrated)
    }
  })
})
