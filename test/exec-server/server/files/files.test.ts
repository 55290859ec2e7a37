import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, readlink, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pathToUri } from '../../../../src/exec-server/index.js'
import {
  base64,
  connectedClient,
  eventually,
  TestClient,
  temporaryFolder,
  testServer,
} from '../../support.js'

const uri = (...parts: string[]) => pathToUri(join(...(parts as [string])))

describe('a server with roots', () => {
  /** A root with a way out by a link, and something beside it. */
  async function confined() {
    const folder = await temporaryFolder()
    const root = join(folder, 'root')
    await mkdir(join(root, 'inner'), { recursive: true })
    await mkdir(join(folder, 'root2'))
    await writeFile(join(folder, 'secret'), 'secret')
    await writeFile(join(root, 'file'), 'mine')
    await symlink('../secret', join(root, 'out'))
    await symlink('..', join(root, 'up'))
    await symlink('../not-yet', join(root, 'dangling'))
    await symlink('inner', join(root, 'in'))
    return { folder, root, client: await connectedClient({ roots: [root] }) }
  }

  it.each([
    ['a path beside the root', 'fs/readFile', ['..', 'secret']],
    ['a folder whose name begins like the root', 'fs/readDirectory', ['..', 'root2']],
    ['a link to a file outside', 'fs/readFile', ['out']],
    ['a link on the way', 'fs/getMetadata', ['up', 'secret']],
    ['a link to a folder outside', 'fs/readDirectory', ['up']],
    ['a missing file outside', 'fs/getMetadata', ['..', 'none']],
    ['a walk from outside', 'fs/walk', ['..']],
    ['the real name of a place outside', 'fs/canonicalize', ['up']],
    ['removing a place outside', 'fs/remove', ['up', 'secret']],
    ['removing the folder of the root', 'fs/remove', ['..']],
    ['removing the root itself', 'fs/remove', ['']],
    ['removing the root itself through a link', 'fs/remove', ['up', 'root']],
    ['making a folder outside', 'fs/createDirectory', ['up', 'new']],
    ['writing through a link outside', 'fs/writeFile', ['out']],
    ['writing through a link to nowhere', 'fs/writeFile', ['dangling']],
    ['opening a file outside', 'fs/open', ['out']],
  ])('refuses %s', async (_, method, way) => {
    const { folder, root, client } = await confined()
    const options = { maxDepth: 1, maxDirectories: 9, maxEntries: 9, followDirectorySymlinks: true }
    const params = {
      path: uri(root, ...way),
      dataBase64: base64('x'),
      handleId: 'h',
      mode: 'replace',
      options,
    }
    await expect(client.call(method, params)).rejects.toMatchObject({
      rpcCode: -32600,
      message: expect.stringContaining('outside of the folders'),
    })
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('secret')
    await expect(stat(join(folder, 'not-yet'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('refuses to copy in from outside, and out', async () => {
    const { folder, root, client } = await confined()
    const copy = (from: string, to: string) =>
      client.call('fs/copy', { sourcePath: uri(from), destinationPath: uri(to), recursive: true })
    await expect(copy(join(folder, 'secret'), join(root, 'copied'))).rejects.toThrow('outside')
    await expect(copy(join(root, 'file'), join(folder, 'copied'))).rejects.toThrow('outside')
    await expect(copy(join(root, 'file'), join(root, 'out'))).rejects.toThrow('outside')
    await copy(join(root, 'out'), join(root, 'copied'))
    // The link was copied, not what it leads to.
    await expect(client.call('fs/readFile', { path: uri(root, 'copied') })).rejects.toThrow('outside')
  })

  it.each(['up/', 'up//', 'in/..%2Fup/'])(
    'refuses to remove or copy what the link %s leads to',
    async (way) => {
      const { folder, root, client } = await confined()
      const path = `${uri(root)}/${way}`
      await expect(client.call('fs/remove', { path })).rejects.toThrow('outside')
      const copying = { sourcePath: path, destinationPath: uri(root, 'taken'), recursive: true }
      await expect(client.call('fs/copy', copying)).rejects.toThrow('outside')
      expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('secret')
      expect(await readdir(root)).not.toContain('taken')
    },
  )

  it('keeps a root that a link with a slash behind it leads to', async () => {
    const { root, client } = await confined()
    await symlink('.', join(root, 'self'))
    await expect(client.call('fs/remove', { path: `${uri(root)}/self/` })).rejects.toThrow('outside')
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('mine')
  })

  it('refuses to make a folder outside by way of one that comes into being meanwhile', async () => {
    const { folder, root, client } = await confined()
    for (const way of ['none/..%2Fup/made', 'none/x/..%2F..%2Fup/made', 'none/..%2F..%2Fmade']) {
      const path = `${uri(root)}/${way}`
      await expect(client.call('fs/createDirectory', { path })).rejects.toThrow('outside')
    }
    expect(await readdir(folder)).not.toContain('made')
  })

  it('refuses to copy a tree over links that lead outside', async () => {
    const { folder, root, client } = await confined()
    await mkdir(join(root, 'folders', 'up'), { recursive: true })
    await writeFile(join(root, 'folders', 'up', 'secret'), 'overwritten')
    await mkdir(join(root, 'files'))
    await writeFile(join(root, 'files', 'out'), 'overwritten')
    for (const name of ['folders', 'files']) {
      await mkdir(join(root, 'to', name), { recursive: true })
      await symlink(folder, join(root, 'to', name, 'up'))
      await symlink(join(folder, 'secret'), join(root, 'to', name, 'out'))
      const places = { sourcePath: uri(root, name), destinationPath: uri(root, 'to', name) }
      await expect(client.call('fs/copy', { ...places, recursive: true })).rejects.toThrow('outside')
    }
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('secret')
  })

  it('refuses a path that no system opens without looking for its parts', async () => {
    const { root, client } = await confined()
    const path = `${uri(root)}/${'a/'.repeat(100_000)}`
    await expect(client.call('fs/readFile', { path })).rejects.toThrow('File name too long')
    const start = { processId: 'p', argv: ['true'], cwd: path, env: {}, tty: false }
    await expect(client.call('process/start', start)).rejects.toThrow('File name too long')
  })

  it('refuses to watch too many paths before it looks at any', async () => {
    const { root, client } = await confined()
    const missing = Array.from({ length: 1_025 }, () => 'nonsense')
    const request = { watchId: 1, missing, present: null }
    await expect(client.call('fs/watchMissing', request)).rejects.toThrow('at most 1024 paths')
    const most = { ...request, missing: missing.slice(1).map(() => uri(root, 'none')) }
    expect(await client.call('fs/watchMissing', most)).toEqual({ watching: true })
  })

  it('tells the same about what lies outside, whatever is there', async () => {
    const { folder, client } = await confined()
    await symlink('loop', join(folder, 'loop'))
    for (const way of [['secret', 'x'], ['none', 'x'], ['loop']]) {
      await expect(client.call('fs/getMetadata', { path: uri(folder, ...way) })).rejects.toMatchObject({
        rpcCode: -32600,
        message: expect.stringContaining('outside of the folders'),
      })
    }
  })

  it('serves what lies inside, links within it too, and removes a link that leads outside', async () => {
    const { folder, root, client } = await confined()
    expect(await client.call('fs/readFile', { path: uri(root, 'file') })).toEqual({
      dataBase64: base64('mine'),
    })
    await client.call('fs/writeFile', { path: uri(root, 'in', 'new'), dataBase64: base64('x') })
    expect(await readFile(join(root, 'inner/new'), 'utf8')).toBe('x')
    await client.call('fs/remove', { path: uri(root, 'up') })
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('secret')
    await expect(stat(join(root, 'up'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('lists no link that leads outside, and does not tell whether anything is there', async () => {
    const { root, client } = await confined()
    await symlink(join(root, '..', 'root2', 'x'), join(root, 'inner', 'x'))
    await symlink('inner/x', join(root, 'to-x'))
    await symlink('up/secret', join(root, 'by-up'))
    const list = async () => {
      const { entries } = await client.call('fs/readDirectory', { path: uri(root) })
      return entries.map(({ fileName }: { fileName: string }) => fileName).sort()
    }
    expect(await list()).toEqual(['file', 'in', 'inner'])
    await mkdir(join(root, '..', 'not-yet'))
    await writeFile(join(root, '..', 'root2', 'x'), '')
    expect(await list()).toEqual(['file', 'in', 'inner'])
    expect(await client.call('fs/readDirectory', { path: uri(root, 'inner') })).toEqual({ entries: [] })
  })

  it('does not walk out through a link', async () => {
    const { root, client } = await confined()
    const options = { maxDepth: 9, maxDirectories: 99, maxEntries: 99, followDirectorySymlinks: true }
    const { entries } = await client.call('fs/walk', { path: uri(root), options })
    const paths = entries.map(({ path }: { path: string }) => path.slice(uri(root).length))
    expect(paths.sort()).toEqual(['/file', '/in', '/inner'])
  })
})

describe('a file operation', () => {
  it('in a sandbox is refused without a hook, and otherwise when the hook does not say yes', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'file'), 'x')
    const sandbox = { permissions: {} }
    const params = { path: uri(folder, 'file'), sandbox }
    await expect((await connectedClient()).call('fs/readFile', params)).rejects.toMatchObject({
      rpcCode: -32600,
    })
    const asked: unknown[] = []
    const answers: unknown[] = [true, false, 'yes', new Error('secret')]
    const client = await connectedClient({
      sandbox: {
        allowsFile: (request) => {
          asked.push(request)
          const answer = answers.shift()
          if (answer instanceof Error) throw answer
          return answer as boolean
        },
      },
    })
    await client.call('fs/readFile', params)
    for (let turn = 0; turn < 3; turn += 1) {
      await expect(client.call('fs/readFile', params)).rejects.toThrow(/sandbox/)
    }
    expect(asked[0]).toEqual({ sandbox, method: 'fs/readFile', paths: [join(folder, 'file')] })
    const copy = {
      sourcePath: uri(folder, 'file'),
      destinationPath: uri(folder, 'to'),
      recursive: false,
      sandbox,
    }
    await expect(client.call('fs/copy', copy)).rejects.toThrow(/sandbox/)
    await expect(stat(join(folder, 'to'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.each([
    ['fs/readBlock', { handleId: 'h', offset: 0, len: 1 }],
    ['fs/writeBlock', { handleId: 'h', offset: 0, chunk: 'eA==' }],
    ['fs/watchMissing', { watchId: 1, missing: ['file:///nowhere'], present: null }],
    ['fs/remove', { path: 'file:///nowhere' }],
    ['fs/copy', { sourcePath: 'file:///a', destinationPath: 'file:///b', recursive: true }],
    [
      'fs/walk',
      {
        path: 'file:///',
        options: { maxDepth: 1, maxDirectories: 1, maxEntries: 1, followDirectorySymlinks: false },
      },
    ],
  ])('%s in a sandbox is refused', async (method, params) => {
    const client = await connectedClient()
    const call = client.call(method, { ...params, sandbox: { permissions: {} } })
    await expect(call).rejects.toThrow('cannot enforce')
  })

  it('reads no file that is longer than allowed', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'file'), 'x'.repeat(11))
    const client = await connectedClient({ maxReadFileBytes: 10 })
    const read = () => client.call('fs/readFile', { path: uri(folder, 'file') })
    await expect(read()).rejects.toThrow('limit is 10 bytes')
    await truncate(join(folder, 'file'), 10)
    expect((await read()).dataBase64).toBe(base64('x'.repeat(10)))
  })

  it('never waits for the other end of a pipe', async () => {
    const folder = await temporaryFolder()
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const client = await connectedClient()
    const path = uri(folder, 'pipe')
    await expect(client.call('fs/readFile', { path })).rejects.toMatchObject({ rpcCode: -32600 })
    await expect(client.call('fs/writeFile', { path, dataBase64: 'eA==' })).rejects.toMatchObject({
      rpcCode: -32603,
    })
    const copy = { sourcePath: path, destinationPath: uri(folder, 'copy'), recursive: false }
    await expect(client.call('fs/copy', copy)).rejects.toThrow('only supports regular files')
  })

  it('of /proc reads what has no size', async () => {
    const client = await connectedClient()
    const { dataBase64 } = await client.call('fs/readFile', { path: 'file:///proc/self/status' })
    expect(Buffer.from(dataBase64, 'base64').toString()).toContain('Name:')
  })

  it('sent together with others is done in the order that they came in', async () => {
    const folder = await temporaryFolder()
    const client = await connectedClient()
    const path = uri(folder, 'file')
    const texts = Array.from({ length: 20 }, (_, index) => `${index}`)
    const answers = await Promise.all(
      texts.flatMap((text) => [
        client.call('fs/writeFile', { path, dataBase64: base64(text) }),
        client.call('fs/readFile', { path }),
      ]),
    )
    const read = answers.filter((_, index) => index % 2 === 1)
    expect(read.map(({ dataBase64 }) => Buffer.from(dataBase64, 'base64').toString())).toEqual(texts)
  })

  it('leaves no file open when its connection ends', async () => {
    const folder = await temporaryFolder()
    const client = await connectedClient()
    const open = async () => {
      const links = await Promise.all(
        (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
      )
      return links.filter((link) => link.startsWith(folder)).length
    }
    for (const handleId of ['a', 'b']) {
      await client.call('fs/open', { handleId, path: uri(folder, handleId), mode: 'replace' })
    }
    expect(await open()).toBe(2)
    await client.peer.close()
    await eventually(open).toBe(0)
  })
})

describe('a watch', () => {
  it('for a path that is longer than any is none, and does not look for its parts one by one', async () => {
    const client = await connectedClient()
    const request = { watchId: 1, missing: [`file:///nowhere${'/x'.repeat(5_000_000)}`], present: null }
    expect(await client.call('fs/watchMissing', request)).toEqual({ watching: false })
  })

  it('is replaced by the next one and goes with its connection, hundreds of times over', async () => {
    const watchers = () => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length
    const before = watchers()
    const folder = await temporaryFolder()
    const server = testServer()
    const clients = await Promise.all(Array.from({ length: 100 }, () => new TestClient(server).shakeHands()))
    for (let watchId = 0; watchId < 5; watchId += 1) {
      const request = { watchId, missing: [uri(folder, 'a', 'b'), uri(folder, 'c')], present: uri(folder) }
      const answers = await Promise.all(clients.map((client) => client.call('fs/watchMissing', request)))
      expect(answers.every(({ watching }) => watching)).toBe(true)
    }
    // One for the folder, and one for the folder around it.
    expect(watchers() - before).toBeLessThanOrEqual(200)
    await mkdir(join(folder, 'c'))
    for (const client of clients) {
      const { params } = await client.until(({ method }) => method === 'fs/missingChanged')
      expect(params).toEqual({ watchId: 4 })
    }
    for (const client of clients)
      await client.call('fs/watchMissing', { watchId: 5, missing: [uri(folder, 'd')], present: null })
    await Promise.all(clients.map((client) => client.peer.close()))
    await eventually(watchers).toBe(before)
  })
})
