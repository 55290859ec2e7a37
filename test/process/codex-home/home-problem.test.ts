import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import {
  type CodexHomeReport,
  codexHomeProblem,
  inspectCodexHome,
} from '../../../src/process/codex-home/index.js'
import { InvalidInputError } from '../../../src/util/errors.js'
import { freshFolder, freshHomes, KEY_AUTH } from './helpers.js'

const NO_ENV = { env: {} }
const CREDENTIALS = { needs: 'credentials' } as const

/** The kind of problem for a home alone, and for a home with credentials. */
function kindsOf(report: CodexHomeReport): (string | undefined)[] {
  return [codexHomeProblem(report)?.kind, codexHomeProblem(report, CREDENTIALS)?.kind]
}

test('a home with credentials has no problem', async () => {
  const { from } = await freshHomes()
  expect(kindsOf(await inspectCodexHome(from, NO_ENV))).toEqual([undefined, undefined])
})

test('a named home that does not exist is a problem, a missing default one only without credentials', async () => {
  const root = await freshFolder()
  const named = path.join(root, 'nothing')
  expect(kindsOf(await inspectCodexHome(named, NO_ENV))).toEqual(['home-missing', 'home-missing'])
  expect(kindsOf(await inspectCodexHome(undefined, { env: { CODEX_HOME: named } }))[0]).toBe('home-missing')
  expect(kindsOf(await inspectCodexHome(undefined, { env: { HOME: root } }))).toEqual([
    undefined,
    'credentials-missing',
  ])
  await symlink(named, path.join(root, '.codex'))
  expect(kindsOf(await inspectCodexHome(undefined, { env: { HOME: root } }))[0]).toBe('home-missing')
})

test('a file in place of the home is a problem', async () => {
  const { from } = await freshHomes()
  const report = await inspectCodexHome(path.join(from, 'auth.json'), NO_ENV)
  expect(codexHomeProblem(report)).toEqual({
    kind: 'home-unusable',
    reason: 'The Codex home `auth.json` is not a folder.',
  })
})

test.each([
  [{ readable: false }, 'The Codex home `source` cannot be read.'],
  [{ writable: false }, 'The Codex home `source` cannot be written.'],
])('a home with %j is a problem', async (facts, reason) => {
  const { from } = await freshHomes()
  const report = { ...(await inspectCodexHome(from, NO_ENV)), ...facts }
  expect(codexHomeProblem(report)).toEqual({ kind: 'home-unusable', reason })
})

test('a configuration that cannot be read is a problem, because Codex would run without it', async () => {
  const { from } = await freshHomes({ 'auth.json': KEY_AUTH })
  await mkdir(path.join(from, 'config.toml'))
  expect(codexHomeProblem(await inspectCodexHome(from, NO_ENV))).toEqual({
    kind: 'config-unreadable',
    reason: '`config.toml` is not a regular file.',
  })
})

test('credentials that are missing or unreadable are a problem only where they are needed', async () => {
  const { from } = await freshHomes({ 'auth.json': 'junk' })
  const auth = path.join(from, 'auth.json')
  expect(kindsOf(await inspectCodexHome(from, NO_ENV))).toEqual([undefined, 'credentials-unreadable'])
  await writeFile(auth, '{}')
  expect(kindsOf(await inspectCodexHome(from, NO_ENV))).toEqual([undefined, 'credentials-missing'])
  await rm(auth)
  expect(kindsOf(await inspectCodexHome(from, NO_ENV))).toEqual([undefined, 'credentials-missing'])
  await mkdir(auth)
  expect(kindsOf(await inspectCodexHome(from, NO_ENV))).toEqual([undefined, 'credentials-unreadable'])
})

test('a provider of its own counts as a source of credentials', async () => {
  const { from } = await freshHomes({ 'config.toml': 'model_provider = "local"\n' })
  expect(kindsOf(await inspectCodexHome(from, NO_ENV))).toEqual([undefined, undefined])
})

test('only variables that the program reads count as a source of credentials', async () => {
  const folder = await freshFolder()
  const report = await inspectCodexHome(folder, { env: { CODEX_API_KEY: 'k', OPENAI_API_KEY: 'k' } })
  expect(codexHomeProblem(report, CREDENTIALS)?.kind).toBe('credentials-missing')
  expect(codexHomeProblem(report, { ...CREDENTIALS, credentialVariables: ['CODEX_API_KEY'] })).toBeUndefined()
  const withToken = await inspectCodexHome(folder, { env: { CODEX_ACCESS_TOKEN: 't' } })
  expect(codexHomeProblem(withToken, CREDENTIALS)).toBeUndefined()
})

test('no home at all is a problem', async () => {
  const { from } = await freshHomes()
  const report = { ...(await inspectCodexHome(from, NO_ENV)), location: undefined }
  expect(codexHomeProblem(report)?.kind).toBe('home-missing')
})

test('wrong options are refused', async () => {
  const { from } = await freshHomes()
  const report = await inspectCodexHome(from, NO_ENV)
  expect(() => codexHomeProblem(report, { needs: 'everything' as never })).toThrow(InvalidInputError)
  expect(() => codexHomeProblem(report, 'credentials' as never)).toThrow(InvalidInputError)
  expect(() => codexHomeProblem(report, { credentialVariables: 'CODEX_API_KEY' as never })).toThrow(
    InvalidInputError,
  )
})

test('a mistyped need is refused, which would go unseen', async () => {
  const report = await inspectCodexHome(undefined, { env: { HOME: await freshFolder() } })
  expect(() => codexHomeProblem(report, { need: 'credentials' } as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', option: 'need' }),
  )
})

test.each([undefined, null, 'home', [], {}, { files: {} }, { location: 7, files: {} }])(
  'what is no report is refused: %j',
  (report) => {
    expect(() => codexHomeProblem(report as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', option: 'report' }),
    )
  },
)

test('a report that was kept as JSON is one', async () => {
  const { from } = await freshHomes()
  const kept = JSON.parse(JSON.stringify(await inspectCodexHome(from, NO_ENV))) as CodexHomeReport
  expect(kindsOf(kept)).toEqual([undefined, undefined])
})
