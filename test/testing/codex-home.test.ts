import { access, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, sep } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { stubCodexHome } from '../../src/testing/index.js'

const stub = { url: 'http://127.0.0.1:1/v1' }
let parent: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'stub-home-'))
})
afterEach(() => rm(parent, { recursive: true, force: true }))

function config(path: string): Promise<string> {
  return readFile(join(path, 'config.toml'), 'utf8')
}

it('makes a private folder that points Codex at the stub, and removes it', async () => {
  const home = await stubCodexHome(stub, { parent })
  expect((await stat(home.path)).mode & 0o777).toBe(0o700)
  expect((await stat(join(home.path, 'config.toml'))).mode & 0o777).toBe(0o600)
  expect(home.env).toMatchObject({ CODEX_HOME: home.path, NO_PROXY: '127.0.0.1,localhost' })
  expect(await config(home.path)).toContain('base_url = "http://127.0.0.1:1/v1"')
  await mkdir(join(home.path, 'sessions'))
  await home.dispose()
  await home.dispose()
  expect(await readdir(parent)).toEqual([])
})

it('is not made without a stub, nor with an option that it does not know', async () => {
  await expect(stubCodexHome(undefined as never)).rejects.toMatchObject({ option: 'stub.url' })
  const call = stubCodexHome(stub, { parent, modle: 'gpt-5.5' } as never)
  await expect(call).rejects.toMatchObject({ code: 'INVALID_INPUT', option: 'modle' })
  expect(await readdir(parent)).toEqual([])
})

it('is removed when the scope that uses it ends', async () => {
  let path = ''
  {
    await using home = await stubCodexHome(stub, { parent: join(parent, 'made', 'for', 'it') })
    path = home.path
  }
  await expect(access(path)).rejects.toThrow()
  expect(basename(dirname(path))).toBe('it')
})

it('lies in the cache of node_modules unless told otherwise', async () => {
  await using home = await stubCodexHome(stub)
  expect(dirname(home.path)).toMatch(new RegExp(`node_modules\\${sep}\\.cache\\${sep}codex-conduit$`))
})

it('puts further keys before the tables and lets features be switched', async () => {
  await using home = await stubCodexHome(stub, {
    parent,
    model: 'a"b\u007f\ud800\n',
    extraToml: 'approval_policy = "never"',
    features: { plugins: true, request_permissions_tool: true },
    requestMaxRetries: 1,
    streamMaxRetries: 2,
    streamIdleTimeoutMs: 3000,
  })
  const lines = (await config(home.path)).split('\n')
  expect(lines[0]).toBe('model = "a\\"b\\u007f\ufffd\\n"')
  const firstTable = lines.findIndex((line) => line.startsWith('['))
  expect(lines.indexOf('approval_policy = "never"')).toBeLessThan(firstTable)
  expect(lines).toEqual(
    expect.arrayContaining([
      '"plugins" = true',
      '"apps" = false',
      '"request_permissions_tool" = true',
      'request_max_retries = 1',
      'stream_max_retries = 2',
      'stream_idle_timeout_ms = 3000',
    ]),
  )
})
