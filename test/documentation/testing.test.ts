import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeAppServer } from '../../src/testing/index.js'
import { failOnUnhandled } from '../rpc/helpers.js'
import { programsOf } from './pages.js'

const programs = ['testing', 'transcripts'].flatMap((page) =>
  programsOf(page).map(({ name, code }) => ({ page, name, code })),
)

beforeEach(failOnUnhandled)

describe('the programs of the pages about tests', () => {
  it('stand under headings of their own', () => {
    expect(programs.map(({ page, name }) => `${page}/${name}`)).toEqual([
      'testing/a-fake-app-server',
      'testing/faults',
      'testing/record-and-replay',
      'testing/helpers',
      'testing/the-model-stub',
      'transcripts/transcripts-and-tests-without-waiting',
    ])
  })

  // The files are what the compiler and the linter check; `vitest -u` writes them anew from the pages.
  it.each(programs)('are those that are checked and run: $page, $name', async ({ page, name, code }) => {
    await expect(code).toMatchFileSnapshot(`programs/${page}/${name}.ts`)
  })

  it.each(programs.filter(({ page }) => page === 'testing'))(
    'do what they say: $page, $name',
    async ({ page, name }) => {
      await import(`./programs/${page}/${name}.ts`)
    },
  )
})

describe('the program about transcripts', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'transcripts-page-'))
  })

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('records a greeting and replays it', async () => {
    const { recordGreeting, testGreeting } = await import(
      './programs/transcripts/transcripts-and-tests-without-waiting.js'
    )
    const path = join(folder, 'greeting.jsonl')
    await using fake = createFakeAppServer((server) => server.onTurn((turn) => turn.say('Hello')))
    await recordGreeting(fake.connect(), path)
    await testGreeting(path)
    expect(fake.errors).toEqual([])
  })
})
