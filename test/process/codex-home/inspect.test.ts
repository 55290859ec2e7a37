import { createHash } from 'node:crypto'
import fs, { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { codexHomeProblem, inspectCodexHome } from '../../../src/process/codex-home/index.js'
import { AbortedError } from '../../../src/util/errors.js'
import {
  CONFIG,
  everythingIn,
  freshFolder,
  freshHomes,
  KEY_AUTH,
  SECRETS,
  systemError,
  TOKEN_AUTH,
} from './helpers.js'

const NO_ENV = { env: {} }

afterEach(() => vi.restoreAllMocks())

test('a home in order is reported whole and without problems', async () => {
  const { from } = await freshHomes()
  await chmod(from, 0o700)
  await chmod(path.join(from, 'auth.json'), 0o600)
  const report = await inspectCodexHome(from, NO_ENV)
  expect(report).toEqual({
    location: { origin: 'argument', basename: 'source', depth: from.split('/').length - 1 },
    exists: true,
    isFolder: true,
    isSymlink: false,
    readable: true,
    writable: true,
    mode: '0700',
    files: {
      'auth.json': {
        present: true,
        readable: true,
        isSymlink: false,
        leavesHome: false,
        bytes: KEY_AUTH.length,
        mode: '0600',
        fingerprint: createHash('sha256').update(KEY_AUTH).digest('hex').slice(0, 8),
      },
      'config.toml': expect.objectContaining({ present: true, readable: true, mode: '0644' }),
    },
    credentials: {
      file: ['api-key'],
      fileParses: true,
      hasRefreshToken: false,
      environment: [],
      mayLieElsewhere: false,
    },
    problems: [],
  })
})

test('no report holds a secret, a value of the configuration or a folder above the home', async () => {
  const { root, from } = await freshHomes({ 'auth.json': TOKEN_AUTH, 'config.toml': CONFIG })
  await symlink(path.join(from, 'auth.json'), path.join(from, 'extra'))
  const env = { CODEX_HOME: from, HOME: root, OPENAI_API_KEY: SECRETS.apiKey, CODEX_API_KEY: SECRETS.idToken }
  const text = everythingIn([
    await inspectCodexHome(from, { env }),
    await inspectCodexHome(undefined, { env }),
    await inspectCodexHome(path.join(root, 'nothing'), { env }),
    await inspectCodexHome(path.join(from, 'auth.json'), { env }),
  ])
  for (const hidden of [root, 'some-model', ...Object.values(SECRETS)]) expect(text).not.toContain(hidden)
})

test('the home is the one of CODEX_HOME, else the one in the user folder', async () => {
  const { root, from } = await freshHomes()
  const byVariable = await inspectCodexHome(undefined, { env: { CODEX_HOME: from, HOME: root } })
  expect(byVariable).toMatchObject({ location: { origin: 'environment', basename: 'source' }, exists: true })
  const byUser = await inspectCodexHome(undefined, { env: { CODEX_HOME: '', HOME: root } })
  expect(byUser).toMatchObject({ location: { origin: 'default', basename: '.codex' }, exists: false })
})

test('a home that does not exist is reported, not thrown', async () => {
  const { root, from } = await freshHomes()
  for (const place of [path.join(root, 'nothing'), path.join(from, 'auth.json', 'below')]) {
    const report = await inspectCodexHome(place, NO_ENV)
    expect(report).toMatchObject({ exists: false, isFolder: false, readable: false, writable: false })
    expect(report.files['auth.json']).toEqual({ present: false, readable: false })
    expect(report.problems).toEqual(['The home does not exist'])
  }
})

test('a file in place of the home is told', async () => {
  const { from } = await freshHomes()
  const report = await inspectCodexHome(path.join(from, 'auth.json'), NO_ENV)
  expect(report).toMatchObject({ exists: true, isFolder: false })
  expect(report.problems).toContain('The home is not a folder')
})

test('a link to a home is reported as the home, a link to nothing as missing', async () => {
  const { root, from } = await freshHomes()
  await symlink(from, path.join(root, 'link'))
  await symlink(path.join(root, 'nothing'), path.join(root, 'dangling'))
  expect(await inspectCodexHome(path.join(root, 'link'), NO_ENV)).toMatchObject({
    exists: true,
    isSymlink: true,
    files: { 'auth.json': { present: true, isSymlink: false, leavesHome: false } },
  })
  expect(await inspectCodexHome(path.join(root, 'dangling'), NO_ENV)).toMatchObject({
    exists: false,
    isSymlink: true,
  })
})

test('a file that is a link out of the home counts for Codex, and is told', async () => {
  const { root, from } = await freshHomes({})
  await writeFile(path.join(root, 'auth.json'), KEY_AUTH)
  await symlink('../auth.json', path.join(from, 'auth.json'))
  expect(await inspectCodexHome(from, NO_ENV)).toMatchObject({
    files: { 'auth.json': { readable: true, isSymlink: true, leavesHome: true } },
    credentials: { file: ['api-key'] },
  })
})

test('a place that the system does not let this process look at is told by its code', async () => {
  const { from } = await freshHomes()
  vi.spyOn(fs, 'lstat').mockRejectedValueOnce(systemError('EACCES', from))
  const report = await inspectCodexHome(from, NO_ENV)
  expect(report).toMatchObject({ exists: false, errno: 'EACCES' })
  expect(report.problems).toEqual(['The home cannot be looked at (EACCES)'])
  expect(codexHomeProblem(report)).toMatchObject({ kind: 'home-unusable' })
})

test('a home that may not be entered or written is told', async () => {
  const { from } = await freshHomes()
  vi.spyOn(fs, 'access').mockRejectedValue(systemError('EACCES', from))
  const report = await inspectCodexHome(from, NO_ENV)
  expect(report).toMatchObject({ exists: true, readable: false, writable: false })
  expect(report.problems).toEqual(
    expect.arrayContaining([
      'The home cannot be read by this process',
      'The home cannot be written by this process',
    ]),
  )
})

test('files that cannot be read are told by name and code', async () => {
  const { root, from } = await freshHomes({ 'config.toml': CONFIG })
  await mkdir(path.join(from, 'auth.json'))
  vi.spyOn(fs, 'open').mockRejectedValue(systemError('EPERM', path.join(from, 'config.toml')))
  const report = await inspectCodexHome(from, NO_ENV)
  expect(report.files['auth.json']).toMatchObject({ present: true, readable: false })
  expect(report.files['config.toml']).toMatchObject({ present: true, readable: false })
  expect(report.problems).toEqual([
    '`auth.json` is not a regular file',
    '`config.toml` cannot be opened (EPERM)',
  ])
  expect(everythingIn(report)).not.toContain(root)
})

test('credentials that other users can read are told', async () => {
  const { from } = await freshHomes()
  expect((await inspectCodexHome(from, NO_ENV)).problems).toEqual(['`auth.json` can be read by other users'])
})

test('credentials that do not parse are told without their contents', async () => {
  const { from } = await freshHomes({ 'auth.json': `{"OPENAI_API_KEY": "${SECRETS.apiKey}"` })
  const report = await inspectCodexHome(from, NO_ENV)
  expect(report.files['auth.json']).toMatchObject({
    readable: true,
    problem: '`auth.json` is not a JSON object in plain UTF-8',
  })
  expect(report.credentials).toMatchObject({ file: [], fileParses: false })
  expect(everythingIn(report)).not.toContain(SECRETS.apiKey)
})

test('variables that hold a credential are named, empty ones are not', async () => {
  const folder = await freshFolder()
  const env = { OPENAI_API_KEY: SECRETS.apiKey, CODEX_API_KEY: '', CODEX_ACCESS_TOKEN: SECRETS.accessToken }
  const { credentials } = await inspectCodexHome(folder, { env })
  expect(credentials.environment).toEqual(['CODEX_ACCESS_TOKEN', 'OPENAI_API_KEY'])
})

test('two homes with the same contents have the same fingerprints, others differ', async () => {
  const [one, two, other] = await Promise.all([
    freshHomes(),
    freshHomes(),
    freshHomes({ 'auth.json': TOKEN_AUTH }),
  ])
  const prints = await Promise.all(
    [one, two, other].map(
      async ({ from }) => (await inspectCodexHome(from, NO_ENV)).files['auth.json'].fingerprint,
    ),
  )
  expect(prints[0]).toMatch(/^[0-9a-f]{8}$/)
  expect(prints[1]).toBe(prints[0])
  expect(prints[2]).not.toBe(prints[0])
})

test('a home that vanishes while it is looked at is reported, not thrown', async () => {
  const { from } = await freshHomes()
  vi.spyOn(fs, 'realpath').mockRejectedValueOnce(systemError('ENOENT', from))
  expect(await inspectCodexHome(from, NO_ENV)).toMatchObject({ files: { 'auth.json': { present: false } } })
})

test('an aborted signal ends the inspection', async () => {
  const { from } = await freshHomes()
  await expect(inspectCodexHome(from, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(AbortedError)
  const controller = new AbortController()
  const { access } = fs
  vi.spyOn(fs, 'access').mockImplementation(async (...args) => {
    controller.abort()
    await access(...args)
  })
  await expect(inspectCodexHome(from, { signal: controller.signal })).rejects.toBeInstanceOf(AbortedError)
})

test.each([
  ['', {}, 'path'],
  ['a\0b', {}, 'path'],
  [undefined, { env: 'HOME=/' as never }, 'env'],
  [undefined, { signal: 1 as never }, 'signal'],
])('wrong arguments are refused by name: %j %j', async (place, options, option) => {
  await expect(inspectCodexHome(place, options)).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
})
