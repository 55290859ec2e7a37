import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runCheck } from '../../../src/supervisor/health/check.js'
import { judgeVersion } from '../../../src/supervisor/health/codex-version.js'
import { doctor, formatHealth, runSmoke, TESTED_CODEX_VERSION } from '../../../src/supervisor/index.js'
import { freshFolder } from '../folders.js'

/** Made of pieces, so that no scanner takes this file for a leak. */
const SECRET = ['sk', 'proj', 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEyMzQ1Njc4OTA'].join('-')

describe('the smoke test', () => {
  it('drives a program through a whole life', async () => {
    const report = await runSmoke()
    expect(report.checks.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'open ok',
      'spawn ok',
      'log ok',
      'session ok',
      'turn ok',
      'close ok',
      'stop ok',
    ])
    expect(report.ok).toBe(true)
  })
})

describe('the doctor', () => {
  it('names what is missing where there is no Codex', async () => {
    const codexHome = await freshFolder()
    const report = await doctor({ binary: '/nowhere/codex', codexHome, turn: true })
    const of = (name: string) => report.checks.find((check) => check.name === name)?.status
    expect(report.ok).toBe(false)
    expect(['binary', 'version', 'handshake', 'turn', 'sandbox'].map(of)).toEqual([
      'fail',
      'skipped',
      'skipped',
      'skipped',
      'skipped',
    ])
    expect(of('disk')).toMatch(/ok|warn/)
    expect(formatHealth(report)).toMatch(/^fail {4}binary {5}No Codex binary found/m)
    expect(formatHealth(report)).toMatch(/Something is wrong\.$/)
  })

  it('tells of a program that is not Codex', async () => {
    const codexHome = await freshFolder()
    const report = await doctor({ binary: process.execPath, codexHome, timeoutMs: 5_000 })
    const of = (name: string) => report.checks.find((check) => check.name === name)
    expect(of('handshake')?.status).toBe('fail')
    expect(of('sandbox')?.status).toBe('warn')
  })

  it('is told wrong options', async () => {
    await expect(doctor({ wrong: 1 } as never)).rejects.toMatchObject({ option: 'wrong' })
    await expect(doctor({ turn: 'yes' } as never)).rejects.toMatchObject({ option: 'turn' })
  })
})

describe('a version of Codex', () => {
  it.each([
    ['codex-cli 0.169.0\n', 'ok'],
    ['codex-cli 0.120.3', 'ok'],
    ['codex-cli 0.100.0', 'warn'],
    ['codex-cli 0.170.0-alpha.1', 'warn'],
    ['codex-cli 1.0.0', 'warn'],
    ['codex-cli 0.9.0', 'fail'],
    ['something else', 'warn'],
  ])('%j is %s', (printed, status) => {
    expect(judgeVersion(printed).status).toBe(status)
  })

  it('that is tested is the one that is installed here', () => {
    const { devDependencies } = JSON.parse(
      readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
    ) as { devDependencies: Record<string, string> }
    expect(devDependencies['@openai/codex']).toBe(TESTED_CODEX_VERSION)
  })
})

describe('a check', () => {
  it('that throws has failed, and shows no secret', async () => {
    const thrown = await runCheck('x', () => {
      throw new Error(`key ${SECRET}`)
    })
    expect(thrown.status).toBe('fail')
    const found = await runCheck('x', () => ({ status: 'ok', summary: SECRET, details: { at: SECRET } }))
    expect(JSON.stringify([thrown, found])).not.toContain(SECRET)
  })
})

it.each([
  undefined,
  null,
  'ok',
  {},
  { ok: true, checks: [{}] },
  { ok: true, checks: [null] },
  { checks: [] },
])('what is no report is not written for people: %j', (report) => {
  expect(() => formatHealth(report as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', option: 'report' }),
  )
})
