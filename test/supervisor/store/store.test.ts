import { afterEach, describe, expect, it } from 'vitest'
import { redactJson } from '../../../src/redaction/index.js'
import {
  type Change,
  fileStore,
  memoryStore,
  NotOpenError,
  RecordNotFoundError,
  type Store,
} from '../../../src/supervisor/index.js'
import { InvalidInputError } from '../../../src/util/errors.js'
import { freshFolder } from '../folders.js'
import type { Kinds } from '../records.js'

const stores = [
  ['memory', async (options = {}) => memoryStore<Kinds>(options)],
  ['file', async (options = {}) => fileStore<Kinds>(await freshFolder(), options)],
] as const

describe.each(stores)('a %s store', (_name, make) => {
  let store: Store<Kinds>
  afterEach(() => store.close())

  async function opened(options: object = {}): Promise<Store<Kinds>> {
    store = await make(options)
    await store.open()
    return store
  }

  it('tells what was put, until it is deleted', async () => {
    await opened()
    await store.put('session', 'a', { cwd: '/a', status: 'idle' })
    await store.put('run', 'a', { state: 'queued' })
    expect(await store.get('session', 'a')).toEqual({ cwd: '/a', status: 'idle' })
    await store.delete('session', 'a')
    await store.delete('session', 'a')
    expect(await store.get('session', 'a')).toBeUndefined()
    expect(await store.get('run', 'a')).toEqual({ state: 'queued' })
  })

  it('lists a kind in the order in which its records came, which a replacement does not change', async () => {
    await opened()
    await Promise.all(['b', 'a', '1', 'c'].map((key) => store.put('run', key, { state: 'queued' })))
    await store.put('run', 'a', { state: 'done' })
    await store.delete('run', 'b')
    await store.put('run', 'b', { state: 'again' })
    expect((await store.list('run')).map(({ key }) => key)).toEqual(['a', '1', 'c', 'b'])
    expect(await store.list('session')).toEqual([])
  })

  it('sets the members of a patch, takes away those that are undefined and leaves the others', async () => {
    await opened()
    await store.put('session', 'a', { cwd: '/a', status: 'idle', turnId: 't', tags: { x: 1 } })
    await store.patch('session', 'a', { status: 'busy', turnId: undefined, tags: { y: 2 } })
    expect(await store.get('session', 'a')).toEqual({ cwd: '/a', status: 'busy', tags: { y: 2 } })
  })

  it('refuses to patch what is not there, after the deletion that was called before it', async () => {
    await opened()
    await store.put('run', 'a', { state: 'queued' })
    const deleted = store.delete('run', 'a')
    await expect(store.patch('run', 'a', { state: 'x' })).rejects.toThrow(RecordNotFoundError)
    await deleted
  })

  it('does all of a batch, in order, or none of it', async () => {
    await opened()
    await store.batch([
      { type: 'put', kind: 'run', key: 'a', value: { state: '1' } },
      { type: 'patch', kind: 'run', key: 'a', changes: { state: '2' } },
      { type: 'put', kind: 'run', key: 'b', value: { state: '3' } },
      { type: 'delete', kind: 'run', key: 'b' },
    ])
    expect(await store.list('run')).toEqual([{ key: 'a', value: { state: '2' } }])
    const failing = store.batch([
      { type: 'delete', kind: 'run', key: 'a' },
      { type: 'patch', kind: 'run', key: 'a', changes: { state: '4' } },
    ])
    const beside = store.put('run', 'c', { state: '5' })
    await expect(failing).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND', kind: 'run', key: 'a' })
    await beside
    expect((await store.list('run')).map(({ key }) => key)).toEqual(['a', 'c'])
    await store.batch([])
  })

  it('lets nobody change a record by changing an object', async () => {
    await opened()
    const tags = ['one']
    const put = store.put('session', 'a', { cwd: '/a', status: 'idle', tags })
    tags.push('two')
    await put
    const first = (await store.get('session', 'a')) as { tags: string[] }
    first.tags.push('three')
    expect(await store.get('session', 'a')).toMatchObject({ tags: ['one'] })
  })

  it('keeps keys and values that look like something else', async () => {
    await opened()
    const value = JSON.parse('{"__proto__":{"x":1},"a":"\\n\\u2028\\ud800","":0}') as Kinds['run']
    await store.put('run', '__proto__', value)
    await store.patch('run', '__proto__', JSON.parse('{"__proto__":2}') as object)
    expect(JSON.stringify(await store.get('run', '__proto__'))).toBe(
      '{"__proto__":2,"a":"\\n\u2028\\ud800","":0}',
    )
  })

  it.each([
    ['value', undefined],
    ['value', null],
    ['value', []],
    ['value', new Map()],
    ['value.at', { at: new Date(0) }],
    ['value.n', { n: Number.NaN }],
    ['value.list[1]', { list: [1, undefined] }],
    ['value.call', { call: () => 1 }],
    ['value.toJSON', { toJSON: () => ({}) }],
  ])('refuses as a value what JSON does not say, and names it: %s', async (option, value) => {
    await opened()
    const put = store.put('run', 'a', value as unknown as Kinds['run'])
    await expect(put).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
    expect(await store.list('run')).toEqual([])
  })

  it('refuses cycles, empty names and changes of an unknown type', async () => {
    await opened()
    const cycle: { state: string; self?: unknown } = { state: '' }
    cycle.self = cycle
    await expect(store.put('run', 'a', cycle)).rejects.toThrow(InvalidInputError)
    await expect(store.put('run', '', { state: '' })).rejects.toMatchObject({ option: 'key' })
    await expect(store.get('' as 'run', 'a')).rejects.toMatchObject({ option: 'kind' })
    const wrong = [{ type: 'move', kind: 'run', key: 'a' }] as unknown as Change<Kinds>[]
    await expect(store.batch(wrong)).rejects.toMatchObject({ option: 'changes[0].type' })
    await expect(store.batch(5 as unknown as [])).rejects.toMatchObject({ option: 'changes' })
  })

  it('keeps what the owner makes of a value, and nothing when that throws', async () => {
    await opened({ redact: redactJson })
    const token = `sk-proj-${'a1B2'.repeat(10)}`
    await store.put('session', 'a', { cwd: '/', status: token, tags: { password: 'hunter22' } })
    await store.patch('session', 'a', { turnId: token })
    expect(JSON.stringify(await store.get('session', 'a'))).not.toMatch(/sk-proj|hunter22/)
    await store.close()
    await opened({
      redact: () => {
        throw new Error('no')
      },
    })
    await expect(store.put('run', 'a', { state: '' })).rejects.toThrow('no')
    expect(await store.list('run')).toEqual([])
  })

  it('is used between open and close only', async () => {
    store = await make()
    await expect(store.get('run', 'a')).rejects.toThrow(NotOpenError)
    await expect(store.put('run', 'a', { state: '' })).rejects.toThrow('is not open')
    await store.open()
    await expect(store.open()).rejects.toThrow('was opened already')
    const last = store.put('run', 'a', { state: '' })
    await Promise.all([store.close(), store.close()])
    await last
    await expect(store.list('run')).rejects.toThrow('is closed')
    await expect(store.open()).rejects.toThrow('is closed')
    await store[Symbol.asyncDispose]()
  })

  it('can be closed while it is opened, and without having been opened', async () => {
    store = await make()
    const opening = store.open()
    await store.close()
    await opening
    await expect(store.list('run')).rejects.toThrow('is closed')
    store = await make()
    await store.close()
    await expect(store.open()).rejects.toThrow('is closed')
  })

  it('refuses options and migrations that are none', async () => {
    store = await make()
    await expect(store.open({ migrations: [5 as never] })).rejects.toMatchObject({
      option: 'migrations[0]',
    })
    await expect(make({ redcat: redactJson })).rejects.toMatchObject({ option: 'redcat' })
    await expect(make({ redact: 1 })).rejects.toMatchObject({ option: 'redact' })
  })
})

describe('the types of a store', () => {
  it('know the values of each kind, and what a patch may take away', async () => {
    await using store = memoryStore<Kinds>()
    await store.open()
    await store.put('session', 'a', { cwd: '/', status: 'idle', turnId: 't' })
    await store.patch('session', 'a', { turnId: undefined })
    // @ts-expect-error a member that every session has cannot be taken away
    await store.patch('session', 'a', { cwd: undefined })
    // @ts-expect-error there is no such kind
    await store.put('sessions', 'a', { cwd: '/', status: 'idle' })
    // @ts-expect-error a run is no session
    await store.put('session', 'b', { state: 'queued' })
    expect((await store.get('session', 'a'))?.status).toBe('idle')
  })
})
