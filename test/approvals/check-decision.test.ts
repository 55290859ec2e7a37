import { describe, expect, it } from 'vitest'
import { type ApprovalRequest, checkDecision } from '../../src/approvals/index.js'
import { command, elicitation, fileChange, mcpTool, permissions, userInput } from './requests.js'

const amendment = (...words: string[]) => ({
  acceptWithExecpolicyAmendment: { execpolicy_amendment: words },
})
const network = (host: string, action: 'allow' | 'deny' = 'allow') => ({
  applyNetworkPolicyAmendment: { network_policy_amendment: { action, host } },
})
const problemOf = async (request: ApprovalRequest, answer: unknown) =>
  (await checkDecision(request, answer)).problem

describe('refusing', () => {
  it.each<ApprovalRequest>([
    command('ls', { availableDecisions: [] }),
    fileChange([]),
    permissions({}),
    mcpTool('s', 't', { availableDecisions: [] }),
    elicitation(),
    userInput(),
  ])('is possible for every kind: $kind', async (request) => {
    expect(await checkDecision(request, 'decline')).toEqual({ decision: 'decline' })
    expect(await checkDecision(request, 'cancel')).toEqual({ decision: 'cancel' })
  })
})

describe('a lasting permission', () => {
  const offered = command('npm test', { availableDecisions: ['accept', amendment('npm', 'test')] })

  it('is given word for word as it was proposed', async () => {
    expect(await problemOf(offered, amendment('npm', 'test'))).toBeUndefined()
    expect(await problemOf(offered, amendment('npm'))).toBe('not-offered')
    expect(await problemOf(offered, amendment('npm', 'test', 'x'))).toBe('not-offered')
    expect(await problemOf(offered, amendment())).toBe('not-offered')
    expect(await problemOf(offered, network('example.com'))).toBe('not-offered')
  })

  it('is compared with the proposals when Codex does not list its decisions', async () => {
    const proposing = command('npm test', {
      params: {
        proposedExecpolicyAmendment: ['npm', 'test'],
        proposedNetworkPolicyAmendments: [{ action: 'allow', host: 'example.com' }],
      } as never,
    })
    expect(await problemOf(proposing, amendment('npm', 'test'))).toBeUndefined()
    expect(await problemOf(proposing, amendment('npm'))).toBe('not-offered')
    expect(await problemOf(proposing, network('example.com'))).toBeUndefined()
    expect(await problemOf(proposing, network('example.com', 'deny'))).toBe('not-offered')
    expect(await problemOf(proposing, network('example.org'))).toBe('not-offered')
    expect(await problemOf(command(), amendment('npm', 'test'))).toBe('not-offered')
  })

  it('is compared by its content, not by the order of its members', async () => {
    const swapped = { network_policy_amendment: { host: 'a.example', action: 'allow' } }
    const request = command('x', { availableDecisions: [{ applyNetworkPolicyAmendment: swapped } as never] })
    expect(await problemOf(request, network('a.example'))).toBeUndefined()
  })
})

describe('an MCP tool', () => {
  it('is allowed for the session only where that is offered', async () => {
    expect(await problemOf(mcpTool('s', 't'), 'acceptForSession')).toBeUndefined()
    const once = mcpTool('s', 't', { availableDecisions: ['accept', 'decline', 'cancel'] })
    expect(await problemOf(once, 'acceptForSession')).toBe('not-offered')
    expect(await problemOf(once, { action: 'accept', content: {} })).toBe('invalid-decision')
  })
})

describe('permissions', () => {
  it.each([
    'accept',
    'acceptForSession',
    { grant: {} },
    { grant: { network: { enabled: true } }, scope: 'session' },
    {
      grant: {
        fileSystem: {
          entries: [
            { access: 'read', path: { type: 'path', path: '/a' } },
            { access: 'read', path: { type: 'special', value: { kind: 'project_roots', subpath: null } } },
          ],
        },
      },
    },
  ])('are granted by %j', async (decision) => {
    expect(await problemOf(permissions({}), decision)).toBeUndefined()
  })

  it.each([
    {},
    { grant: { everything: true } },
    { grant: {}, scope: 'always' },
    { grant: { network: true } },
    { grant: { fileSystem: { entries: [{ access: 'read', path: '/a' }] } } },
    { permissions: {} },
  ])('are not granted by %j', async (decision) => {
    expect(await problemOf(permissions({}), decision)).toBe('invalid-decision')
  })
})

describe('a form', () => {
  it('takes content that matches its schema', async () => {
    const content = { name: 'x', size: 'L', count: 2, agree: false }
    expect(await problemOf(elicitation(), { action: 'accept', content })).toBeUndefined()
    expect(await problemOf(elicitation(), { action: 'accept', content: { name: 'x' } })).toBeUndefined()
  })

  it.each([
    undefined,
    null,
    {},
    { name: 1 },
    { name: 'x', size: 'M' },
    { name: 'x', count: 1.5 },
    { name: 'x', agree: 'yes' },
    { name: 'x', other: 1 },
  ])('does not take the content %j', async (content) => {
    expect(await problemOf(elicitation(), { action: 'accept', content })).toBe('invalid-decision')
  })

  it('is never accepted by a bare word', async () => {
    expect(await problemOf(elicitation(), 'accept')).toBe('invalid-decision')
    expect(await problemOf(elicitation({ requestedSchema: {} }), 'accept')).toBe('invalid-decision')
  })

  it('that is a URL takes no content', async () => {
    const url = elicitation({ mode: 'url', url: 'https://example.com' })
    expect(await problemOf(url, { action: 'accept' })).toBeUndefined()
    expect(await problemOf(url, { action: 'accept', content: { a: 1 } })).toBe('invalid-decision')
  })

  it('can hold lists of choices', async () => {
    const tags = { type: 'array', items: { anyOf: [{ const: 'a', title: 'A' }, { const: 'b' }] } }
    const request = elicitation({ requestedSchema: { properties: { tags } } })
    expect(await problemOf(request, { action: 'accept', content: { tags: ['a', 'b'] } })).toBeUndefined()
    expect(await problemOf(request, { action: 'accept', content: { tags: ['c'] } })).toBe('invalid-decision')
    expect(await problemOf(request, { action: 'accept', content: { tags: 'a' } })).toBe('invalid-decision')
  })
})

describe('questions', () => {
  it('take answers by their ids, the labels of options where only those count', async () => {
    expect(await problemOf(userInput(), { answers: { color: 'Blue', why: 'because' } })).toBeUndefined()
    expect(await problemOf(userInput(), { answers: { color: ['Red', 'Blue'] } })).toBeUndefined()
  })

  it.each([
    'accept',
    {},
    { answers: {} },
    { answers: { colour: 'Blue' } },
    { answers: { color: 'Green' } },
    { answers: { why: 1 } },
    { answers: { why: 'x' }, other: 1 },
  ])('do not take %j', async (decision) => {
    expect(await problemOf(userInput(), decision)).toBe('invalid-decision')
  })
})
