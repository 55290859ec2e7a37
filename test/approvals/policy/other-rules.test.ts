import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ApprovalRule,
  allowAll,
  allowMcpTools,
  allowNetworkHosts,
  allowPermissions,
  answerUserInput,
  denyAll,
  type PermissionRuleOptions,
} from '../../../src/approvals/index.js'
import { command, elicitation, fileChange, mcpTool, permissions, userInput } from '../requests.js'

describe('allowNetworkHosts', () => {
  const rule = allowNetworkHosts([
    'example.com',
    '*.example.org',
    '127.0.0.1',
    '::1',
    'xn--bcher-kva.example',
  ])
  const matchOf = async (host: string, given: ApprovalRule = rule, protocol = 'https') =>
    (await given.evaluate(command('curl', { network: { host, protocol } }))).match

  it.each([
    'example.com',
    'EXAMPLE.com',
    'a.example.org',
    'a.b.example.org',
    '127.0.0.1',
    '::1',
    'xn--bcher-kva.example',
  ])('allows %j', async (host) => {
    expect(await matchOf(host)).toBe('yes')
  })

  it.each([
    'www.example.com',
    'example.org',
    'notexample.org',
    'example.com.evil.net',
    '10.0.0.1',
    '1.example.org.evil.net',
  ])('does not allow %j', async (host) => {
    expect(await matchOf(host)).toBe('no')
  })

  it.each([
    'example.com.',
    'a.example.org.',
    'example.com:443',
    'b\u00fccher.example',
    'ex\u0430mple.com',
    'example.com\u3002',
    'evil.net#.example.org',
    'evil.net/.example.org',
    'user@example.com',
    '.example.org',
    'a..example.org',
    '-a.example.org',
    '0x7f.1',
    '2130706433',
    '127.1',
    '',
    ' example.com',
    `${'a.'.repeat(130)}example.org`,
  ])('is unsure about %j', async (host) => {
    expect(await matchOf(host)).toBe('unsure')
  })

  it('is unsure when further permissions would be granted along with the host', async () => {
    const network = { host: 'example.com', protocol: 'https' } as const
    const request = command('curl', { network, wantsPermissions: true })
    expect((await rule.evaluate(request)).match).toBe('unsure')
  })

  it('narrows by protocol, and is unrelated to other requests', async () => {
    const tls = allowNetworkHosts(['example.com'], { protocols: ['https'] })
    expect(await matchOf('example.com', tls)).toBe('yes')
    expect(await matchOf('example.com', tls, 'http')).toBe('no')
    expect((await tls.evaluate(command('curl https://example.com'))).match).toBe('unrelated')
  })

  it.each(['*', '*.com', 'a.*.com', 'example.com:1', 'b\u00fccher.example', '1.2', '*.0.0.1', '', 1, 'a b'])(
    'refuses the host %j',
    (host) => {
      expect(() => allowNetworkHosts([host] as never)).toThrow(
        expect.objectContaining({ option: 'hosts[0]' }),
      )
    },
  )

  it('refuses a mistyped option, which would allow every protocol', () => {
    expect(() => allowNetworkHosts(['example.com'], { protocol: ['https'] } as never)).toThrow(
      expect.objectContaining({ option: 'protocol' }),
    )
  })
})

describe('allowPermissions', () => {
  let top: string
  beforeAll(async () => {
    top = await realpath(await mkdtemp(join(tmpdir(), 'permission-rules-')))
    await mkdir(join(top, 'data'))
    await mkdir(join(top, 'private'))
    await symlink(join(top, 'private'), join(top, 'data/link'))
  })
  afterAll(() => rm(top, { recursive: true, force: true }))

  const entry = (access: 'read' | 'write' | 'deny', path: string) => ({
    access,
    path: { type: 'path' as const, path },
  })
  const judge = async (options: PermissionRuleOptions, asked: Parameters<typeof permissions>[0]) =>
    allowPermissions(options).evaluate(permissions(asked))

  it('grants what is allowed, for the turn', async () => {
    const asked = {
      network: { enabled: true },
      fileSystem: { read: [join(top, 'data/x')], entries: [entry('read', join(top, 'data/x'))] },
    }
    expect(await judge({ network: true, read: join(top, 'data') }, asked)).toMatchObject({
      match: 'yes',
      decision: {
        grant: {
          network: { enabled: true },
          fileSystem: { entries: [entry('read', join(top, 'data/x'))] },
        },
      },
    })
  })

  it('lets folders that may be written be read, not the other way round', async () => {
    const read = { fileSystem: { read: [join(top, 'data')] } }
    const write = { fileSystem: { write: [join(top, 'data')] } }
    expect(await judge({ write: join(top, 'data') }, read)).toMatchObject({ match: 'yes' })
    expect(await judge({ read: join(top, 'data') }, write)).toMatchObject({ match: 'no' })
  })

  it('does not follow links out of a folder', async () => {
    const asked = { fileSystem: { read: [join(top, 'data/link/x')] } }
    expect(await judge({ read: join(top, 'data') }, asked)).toMatchObject({ match: 'no' })
  })

  it('is unsure when only a part is allowed, unless it may grant a part', async () => {
    const asked = { network: { enabled: true }, fileSystem: { read: [top] } }
    expect(await judge({ network: true }, asked)).toMatchObject({ match: 'unsure' })
    expect(await judge({ network: true, partial: true }, asked)).toMatchObject({
      match: 'yes',
      decision: { grant: { network: { enabled: true } } },
    })
  })

  it('is unsure about patterns, special places, and what it does not know', async () => {
    const all = { network: true, read: '/', write: '/' }
    const glob = { access: 'read' as const, path: { type: 'glob_pattern' as const, pattern: '/**' } }
    const special = {
      access: 'read' as const,
      path: { type: 'special' as const, value: { kind: 'root' as const } },
    }
    expect(await judge(all, { fileSystem: { entries: [glob] } })).toMatchObject({ match: 'unsure' })
    expect(await judge(all, { fileSystem: { entries: [special] } })).toMatchObject({ match: 'unsure' })
    expect(await judge(all, { network: { enabled: true }, camera: {} } as never)).toMatchObject({
      match: 'unsure',
    })
    expect(await judge(all, {})).toMatchObject({ match: 'unsure' })
  })

  it.each([
    [{ read: 'relative' }, 'read'],
    [{ write: ['/a', 'b'] }, 'write[1]'],
    [{ network: 'yes' }, 'network'],
    [{ networks: true }, 'networks'],
  ])('refuses the options %j', (options, option) => {
    expect(() => allowPermissions(options as never)).toThrow(expect.objectContaining({ option }))
  })
})

describe('allowMcpTools', () => {
  const rule = allowMcpTools([{ server: 'notes', tool: 'read' }, { server: 'time' }])
  const matchOf = async (server?: string, tool?: string) => (await rule.evaluate(mcpTool(server, tool))).match

  it('allows tools by server and name', async () => {
    expect(await matchOf('notes', 'read')).toBe('yes')
    expect(await matchOf('time', 'anything')).toBe('yes')
    expect(await matchOf('time', undefined)).toBe('yes')
    expect(await matchOf('notes', 'write')).toBe('no')
    expect(await matchOf('other', 'read')).toBe('no')
  })

  it('is unsure about what Codex does not name', async () => {
    expect(await matchOf('notes', undefined)).toBe('unsure')
    expect(await matchOf(undefined, 'read')).toBe('unsure')
  })

  it('is never about forms', async () => {
    expect((await rule.evaluate(elicitation({ server: 'time' }))).match).toBe('unrelated')
  })

  it.each([
    [[], 'tools'],
    [[{ tool: 'x' }], 'tools[0].server'],
    [[{ server: 'x', tool: '' }], 'tools[0].tool'],
    [[{ server: 'x', tools: ['y'] }], 'tools[0].tools'],
  ])('refuses %j', (tools, option) => {
    expect(() => allowMcpTools(tools as never)).toThrow(expect.objectContaining({ option }))
  })
})

describe('answerUserInput', () => {
  it('answers from a table when every question is in it', async () => {
    const answers = { color: 'Blue', why: 'because', other: 'x' }
    expect(await answerUserInput(answers).evaluate(userInput())).toMatchObject({
      match: 'yes',
      decision: { answers: { color: 'Blue', why: 'because' } },
    })
    expect(await answerUserInput({ color: 'Blue' }).evaluate(userInput())).toMatchObject({ match: 'no' })
  })

  it('answers by a function, which may decline to', async () => {
    const rule = answerUserInput(({ questions }) => (questions.length === 2 ? { why: 'x' } : undefined))
    expect(await rule.evaluate(userInput())).toMatchObject({ match: 'yes' })
    expect(await rule.evaluate(userInput([]))).toMatchObject({ match: 'no' })
  })
})

describe('the presets', () => {
  it('denyAll declines every kind', async () => {
    for (const request of [command(), fileChange([]), permissions({}), elicitation(), userInput()]) {
      expect(await denyAll().evaluate(request)).toMatchObject({ match: 'yes', decision: 'decline' })
    }
  })

  it('allowAll accepts what can be accepted, and answers nothing', async () => {
    for (const request of [command(), fileChange([]), permissions({}), mcpTool('a', 'b')]) {
      expect((await allowAll().evaluate(request)).match).toBe('yes')
    }
    for (const request of [elicitation(), userInput(), command('x', { action: 'humanCommand' })]) {
      expect((await allowAll().evaluate(request)).match).not.toBe('yes')
    }
  })
})
