import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type ApprovalPolicyOptions,
  type ApprovalRequest,
  type ApprovalRule,
  type AuditEntry,
  allowAll,
  allowCommands,
  allowMcpTools,
  answerUserInput,
  approvalPolicy,
  cancelTurn,
  declineCommands,
  denyAll,
  forSession,
} from '../../../src/approvals/index.js'
import { command, fileChange, mcpTool, permissions, userInput } from '../requests.js'

const context = () => ({ signal: new AbortController().signal, report: vi.fn() })

/** A policy, and what it audits. */
function audited(options: ApprovalPolicyOptions) {
  const entries: AuditEntry[] = []
  const policy = approvalPolicy({ ...options, audit: (entry) => entries.push(entry) })
  const decide = (request: ApprovalRequest) => policy.decide(request, context())
  return { policy, entries, decide }
}

const broken: ApprovalRule = {
  name: 'broken',
  evaluate: () => {
    throw new Error('the rule broke')
  },
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a policy', () => {
  it('lets the first rule that covers a request decide', async () => {
    const { decide, entries } = audited({
      rules: [declineCommands(['npm', 'publish']), allowCommands(['npm']), cancelTurn(allowCommands(['rm']))],
    })
    expect(await decide(command('npm publish'))).toBe('decline')
    expect(await decide(command('npm test'))).toBe('accept')
    expect(await decide(command('rm x'))).toBe('cancel')
    expect(await decide(command('ls'))).toBe('decline')
    expect(entries.map(({ decidedBy, rule, decision }) => [decidedBy, rule?.index, decision])).toEqual([
      ['rule', 0, 'decline'],
      ['rule', 1, 'accept'],
      ['rule', 2, 'cancel'],
      ['otherwise', undefined, 'decline'],
    ])
  })

  it('declines everything without rules, and can cancel instead', async () => {
    expect(await audited({}).decide(command())).toBe('decline')
    expect(await audited({ otherwise: 'cancel' }).decide(command())).toBe('cancel')
  })

  it('declines when a rule throws or gives no verdict, and looks no further', async () => {
    const silent = { name: 'silent', evaluate: () => undefined } as never
    for (const bad of [broken, silent, { name: 'x', evaluate: () => Promise.reject('text') }]) {
      const { policy, entries } = audited({ rules: [bad, allowAll()] })
      const given = context()
      expect(await policy.decide(command(), given)).toBe('decline')
      expect(entries).toMatchObject([{ decidedBy: 'rule-failed', rule: { index: 0 } }])
      expect(given.report).toHaveBeenCalledOnce()
    }
  })

  it('declines, and says so, when a rule decides what the request does not take', async () => {
    const { decide, entries } = audited({ rules: [answerUserInput({ color: 'Green', why: 'x' })] })
    expect(await decide(userInput())).toBe('decline')
    expect(entries).toMatchObject([{ decidedBy: 'invalid-decision', decision: 'decline' }])
  })

  it('allows once where a rule allows for the session and Codex does not offer that', async () => {
    const { decide } = audited({ rules: [forSession(allowMcpTools([{ server: 's' }]))] })
    expect(await decide(mcpTool('s', 't'))).toBe('acceptForSession')
    expect(await decide(mcpTool('s', 't', { availableDecisions: ['accept'] }))).toBe('accept')
  })

  it('asks a hook where no rule decides, with its signal', async () => {
    const otherwise = vi.fn(async () => 'accept' as const)
    const { decide, entries } = audited({ rules: [allowCommands(['ls'])], otherwise })
    expect(await decide(command('npm test'))).toBe('accept')
    expect(await decide(command('ls'))).toBe('accept')
    expect(otherwise).toHaveBeenCalledOnce()
    expect(entries.map(({ decidedBy }) => decidedBy)).toEqual(['otherwise', 'rule'])
  })

  it('declines when the hook throws, gives nonsense, or is given up', async () => {
    const outcomes: [() => unknown, string][] = [
      [() => Promise.reject(new Error('x')), 'hook-failed'],
      [() => 'yes', 'invalid-decision'],
    ]
    for (const [otherwise, decidedBy] of outcomes) {
      const { decide, entries } = audited({ otherwise: otherwise as never })
      expect(await decide(command())).toBe('decline')
      expect(entries).toMatchObject([{ decidedBy, decision: 'decline' }])
    }
    const { policy, entries } = audited({ otherwise: () => new Promise(() => {}) })
    const controller = new AbortController()
    const deciding = policy.decide(command(), { signal: controller.signal })
    controller.abort()
    expect(await deciding).toBe('decline')
    expect(entries).toMatchObject([{ decidedBy: 'withdrawn' }])
  })

  it('declines at its deadline', async () => {
    vi.useFakeTimers()
    const { decide, entries } = audited({ otherwise: () => new Promise(() => {}), deadline: 1000 })
    const deciding = decide(command())
    await vi.advanceTimersByTimeAsync(1000)
    expect(await deciding).toBe('decline')
    expect(entries).toMatchObject([{ decidedBy: 'timeout' }])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('can fall back to another policy, which keeps its own audit', async () => {
    const inner = audited({ rules: [allowCommands(['ls'])] })
    const outer = audited({ rules: [allowCommands(['npm'])], otherwise: inner.policy })
    expect(await outer.decide(command('ls'))).toBe('accept')
    expect(await outer.decide(command('rm x'))).toBe('decline')
    expect([inner.entries.length, outer.entries.length]).toEqual([2, 2])
  })

  it.each([
    [null, 'options'],
    [{ rules: allowAll() }, 'rules'],
    [{ rules: [allowAll(), () => 'accept'] }, 'rules[1]'],
    [{ otherwise: 'accept' }, 'otherwise'],
    [{ deadline: 0 }, 'deadline'],
    [{ audit: 'log' }, 'audit'],
    [{ dryRun: 'yes' }, 'dryRun'],
    // Mistyped, it would decide in earnest.
    [{ dryrun: true }, 'dryrun'],
  ])('refuses the options %j', (options, option) => {
    expect(() => approvalPolicy(options as never)).toThrow(expect.objectContaining({ option }))
  })
})

describe('a dry run', () => {
  it('declines everything, asks nobody, and audits what it would do', async () => {
    const otherwise = vi.fn(() => 'accept' as const)
    const { decide, entries } = audited({ rules: [allowCommands(['ls'])], otherwise, dryRun: true })
    expect(await decide(command('ls'))).toBe('decline')
    expect(await decide(command('rm x'))).toBe('decline')
    expect(otherwise).not.toHaveBeenCalled()
    expect(entries).toMatchObject([
      { dryRun: true, decision: 'decline', wouldDecide: 'accept', decidedBy: 'rule' },
      { dryRun: true, decision: 'decline', wouldDecide: 'ask', decidedBy: 'otherwise' },
    ])
  })
})

describe('the audit', () => {
  it('tells who asked for what, when, and why it was decided so', async () => {
    const { decide, entries } = audited({ rules: [allowCommands(['npm', 'test'])] })
    const before = Date.now()
    await decide(command('npm test'))
    const [entry] = entries
    expect(entry).toEqual({
      time: expect.any(Number),
      kind: 'command',
      threadId: 'thread',
      turnId: 'turn',
      itemId: 'item',
      summary: 'run npm test',
      decision: 'accept',
      decidedBy: 'rule',
      rule: { index: 0, name: 'allowCommands(npm test)' },
      reason: 'every command in it matches a pattern',
      dryRun: false,
      wouldDecide: undefined,
    })
    expect(entry?.time).toBeGreaterThanOrEqual(before)
  })

  it('holds no secrets and nothing that drives a terminal', async () => {
    const secret = `sk-${'a1B2c3D4'.repeat(5)}`
    const requests = [
      command(`curl -H "Authorization: Bearer ${secret}" https://x \u001b[2J\u202e`),
      fileChange([{ path: `/tmp/${secret}`, kind: { type: 'add' }, diff: secret }]),
      permissions({ fileSystem: { read: [`/${secret}`] } }),
      mcpTool('s', 't', { arguments: { apiKey: secret } }),
      userInput(),
    ]
    const { decide, entries } = audited({
      otherwise: () => ({ answers: { why: secret } }),
    })
    for (const request of requests) await decide(request)
    const written = JSON.stringify(entries)
    expect(written).not.toContain(secret)
    expect(written).toContain('<U+001B>')
    expect(written).toContain('<U+202E>')
    expect(entries).toHaveLength(requests.length)
  })

  it.each([
    ['throws', () => Promise.reject(new Error('disk full'))],
    [
      'rejects',
      () => {
        throw new Error('disk full')
      },
    ],
  ])('changes nothing when it %s, and that is reported', async (_how, audit) => {
    const policy = approvalPolicy({ rules: [allowAll()], audit })
    const given = context()
    expect(await policy.decide(command(), given)).toBe('accept')
    await vi.waitFor(() => expect(given.report).toHaveBeenCalledWith(new Error('disk full')), { interval: 1 })
  })
})

describe('an explanation', () => {
  const otherwise = vi.fn()
  const policy = approvalPolicy({
    rules: [allowMcpTools([{ server: 's' }]), allowCommands(['ls']), denyAll()],
    otherwise,
  })

  it('tells which rule decides, why, and what came before it', async () => {
    expect(await policy.explain(command('ls'))).toMatchObject({
      decidedBy: 'rule',
      decision: 'accept',
      rule: { index: 1, name: 'allowCommands(ls)' },
      considered: [
        { index: 0, match: 'unrelated', reason: 'it is not about an MCP tool' },
        { index: 1, match: 'yes' },
      ],
    })
    expect(await policy.explain(command('rm x'))).toMatchObject({
      rule: { index: 2 },
      decision: 'decline',
      considered: [{}, { match: 'no', reason: expect.stringContaining('rm') }, {}],
    })
  })

  it('tells that somebody would be asked, and asks nobody', async () => {
    const asking = approvalPolicy({ rules: [allowCommands(['ls'])], otherwise })
    expect(await asking.explain(command('rm x'))).toMatchObject({ decidedBy: 'otherwise', decision: 'ask' })
    expect(await approvalPolicy().explain(command())).toMatchObject({ decision: 'decline' })
    expect(otherwise).not.toHaveBeenCalled()
  })

  it('tells which rule failed', async () => {
    expect(await approvalPolicy({ rules: [broken] }).explain(command())).toMatchObject({
      decidedBy: 'rule-failed',
      decision: 'decline',
      considered: [{ match: 'failed', reason: 'the rule broke' }],
    })
  })
})
