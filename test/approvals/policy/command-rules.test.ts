import { describe, expect, it } from 'vitest'
import {
  type ApprovalRule,
  allowCommands,
  allowNetworkHosts,
  approvalPolicy,
  decline,
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
    ['what only a person may allow', { action: 'humanCommand' }],
    ['further permissions', { wantsPermissions: true }],
    ['further permissions with input', { action: 'writeStdin', wantsPermissions: true }],
    [
      'further permissions with the network',
      { network: { host: 'example.com', protocol: 'https' }, wantsPermissions: true },
    ],
  ])('never allows %s', async (_what, more) => {
    expect(await matchOf(rule, 'npm test', more)).toBe('unsure')
  })

  it.each([
    ['input for a running program', { action: 'writeStdin' }],
    ['the network', { network: { host: 'example.com', protocol: 'https' } }],
  ])('has nothing to say about %s', async (_what, more) => {
    expect(await matchOf(rule, 'npm test', more)).toBe('unrelated')
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

  it('leaves the network, and input for a program that runs, to the other rules', async () => {
    for (const one of [rule, decline(allowCommands(['rm']))]) {
      const network = { host: 'example.com', protocol: 'https' } as const
      expect(await matchOf(one, undefined, { network })).toBe('unrelated')
      expect(await matchOf(one, 'write_stdin --session-id 1 x', { action: 'writeStdin' })).toBe('unrelated')
    }
    const request = command('curl', { network: { host: 'example.com', protocol: 'https' } })
    const policy = approvalPolicy({ rules: [rule, allowNetworkHosts(['example.com'])] })
    expect((await policy.explain(request)).decision).toBe('accept')
  })

  it('declines what asks for further permissions, since what they are is not read', async () => {
    for (const more of [{}, { action: 'writeStdin' }] as const) {
      const request = command('ls', { ...more, wantsPermissions: true })
      expect(await rule.evaluate(request)).toMatchObject({ match: 'yes', decision: 'decline' })
    }
  })
})

it('readOnlyCommands allows what only reads', async () => {
  expect(await matchOf(readOnlyCommands(), "/bin/bash -lc 'git log | head -5'")).toBe('yes')
  expect(await matchOf(readOnlyCommands(), 'touch x')).toBe('no')
  expect(readOnlyCommands().toJSON?.()).toEqual({ rule: 'readOnlyCommands' })
})
