import { describe, expect, it } from 'vitest'
import {
  type ApprovalRule,
  allowCommands,
  declineCommands,
  oneOf,
  readOnlyCommands,
} from '../../../src/approvals/index.js'
import { InvalidInputError } from '../../../src/util/errors.js'
import { command, fileChange } from '../requests.js'

const matchOf = async (rule: ApprovalRule, text: string | undefined, more = {}) =>
  (await rule.evaluate(command(text, more))).match

describe('allowCommands', () => {
  const rule = allowCommands(['npm', oneOf('test', 'ci')], { prefix: ['git', 'status'], exact: true })

  it.each(['npm test', "/bin/bash -lc 'npm test'", 'npm ci && git status', 'npm test -- --watch'])(
    'allows %j',
    async (text) => {
      expect(await matchOf(rule, text)).toBe('yes')
    },
  )

  it.each(['rm -rf /', 'npm install', 'git status -s', '/bin/sh -c "ls"'])(
    'is certain that it is not about %j',
    async (text) => {
      expect(await matchOf(rule, text)).toBe('no')
    },
  )

  it.each([
    'npm test; rm -rf /',
    'npm test $(x)',
    'npm test > f',
    'npm test &',
    'npm test \u202e',
    'FOO=1 npm test',
    '',
  ])('is unsure about %j', async (text) => {
    expect(await matchOf(rule, text)).toBe('unsure')
  })

  it.each([
    ['input for a running program', { action: 'writeStdin' }],
    ['what only a person may allow', { action: 'humanCommand' }],
    ['the network', { network: { host: 'example.com', protocol: 'https' } }],
    ['further permissions', { wantsPermissions: true }],
  ])('never allows %s', async (_what, more) => {
    expect(await matchOf(rule, 'npm test', more)).toBe('unsure')
  })

  it('is unsure about a request without a command, and unrelated to file changes', async () => {
    expect((await rule.evaluate({ ...command(), command: undefined })).match).toBe('unsure')
    expect((await rule.evaluate(fileChange([]))).match).toBe('unrelated')
  })

  it('refuses patterns that are not well formed at once', () => {
    expect(() => allowCommands()).toThrow(InvalidInputError)
    expect(() => allowCommands([])).toThrow(expect.objectContaining({ option: 'commands[0]' }))
    expect(() => allowCommands(['ls'], { prefix: ['x'], exakt: true } as never)).toThrow(
      expect.objectContaining({ option: 'commands[1].exakt' }),
    )
  })
})

describe('declineCommands', () => {
  const rule = declineCommands(['rm'])

  it.each(['rm x', 'ls && rm x', 'ls $(rm x)', 'rm x > f', "bash -lc 'ls; rm x'"])(
    'declines %j, which runs it or may run it',
    async (text) => {
      expect(await rule.evaluate(command(text))).toMatchObject({ match: 'yes', decision: 'decline' })
    },
  )

  it.each(['ls', 'ls | wc -l'])('leaves %j to the other rules', async (text) => {
    expect(await matchOf(rule, text)).toBe('no')
  })

  it('declines input for a program that runs', async () => {
    const request = command('write_stdin --session-id 1 x', { action: 'writeStdin' })
    expect(await rule.evaluate(request)).toMatchObject({ match: 'yes', decision: 'decline' })
  })
})

it('readOnlyCommands allows what only reads', async () => {
  expect(await matchOf(readOnlyCommands(), "/bin/bash -lc 'git log | head -5'")).toBe('yes')
  expect(await matchOf(readOnlyCommands(), 'touch x')).toBe('no')
  expect(readOnlyCommands().toJSON?.()).toEqual({ rule: 'readOnlyCommands' })
})
