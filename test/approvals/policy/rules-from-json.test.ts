import { describe, expect, it } from 'vitest'
import {
  type ApprovalRule,
  allOf,
  allowAll,
  allowCommands,
  allowFileChanges,
  allowMcpTools,
  allowNetworkHosts,
  allowPermissions,
  answerUserInput,
  anyOf,
  approvalPolicy,
  cancelTurn,
  decline,
  declineCommands,
  denyAll,
  type FileChangeRuleOptions,
  forSession,
  not,
  oneOf,
  type PermissionRuleOptions,
  readOnlyCommands,
  rulesFromJson,
} from '../../../src/approvals/index.js'
import { command } from '../requests.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Adds to every list in some data. */
function pushEverywhere(data: unknown): void {
  if (Array.isArray(data)) data.push('/')
  if (typeof data === 'object' && data !== null) Object.values(data).forEach(pushEverywhere)
}

const RULES: readonly ApprovalRule[] = [
  allowCommands(['npm', oneOf('test', 'ci')], { prefix: ['ls'], exact: true }),
  declineCommands(['rm']),
  readOnlyCommands(),
  allowFileChanges({ within: '/repo', extensions: ['.ts'], maxDiffLines: 10, protect: ['x'] }),
  allowNetworkHosts(['*.example.com'], { protocols: ['https'] }),
  allowNetworkHosts(['example.com']),
  allowPermissions({ network: true, read: ['/a'], write: '/b', partial: true }),
  allowMcpTools([{ server: 's', tool: 't' }, { server: 'u' }]),
  answerUserInput({ a: 'b', c: ['d'] }),
  forSession(anyOf(allowCommands(['a']), allowCommands(['b']))),
  cancelTurn(allOf(allowCommands(['a']), not(allowCommands(['a', 'b'])))),
  decline(allowMcpTools([{ server: 's' }])),
  denyAll(),
  allowAll(),
]

describe('rules as data', () => {
  it('come back as they were', async () => {
    const text = JSON.stringify(approvalPolicy({ rules: RULES }))
    const { rules } = JSON.parse(text) as { rules: unknown }
    const again = rulesFromJson(rules)
    expect(again.map((rule) => rule.name)).toEqual(RULES.map((rule) => rule.name))
    expect(JSON.stringify(approvalPolicy({ rules: again }))).toBe(text)
    expect(await again[0]?.evaluate(command('npm ci'))).toMatchObject({ match: 'yes' })
    expect(await again[1]?.evaluate(command('rm x'))).toMatchObject({ decision: 'decline' })
  })

  it('are what was checked, whatever becomes of the options and of the data later', async () => {
    const within = ['/repo']
    const file = { within, extensions: ['.ts'], kinds: ['add' as const], protect: ['x'], maxDiffLines: 5 }
    const files: Mutable<FileChangeRuleOptions> = { ...file }
    const access: Mutable<PermissionRuleOptions> = { read: ['/a'], write: '/b' }
    const folders = access.read as string[]
    const hosts = { protocols: ['https'] }
    const tools = [{ server: 's' }]
    const answers = { a: ['b'] }
    const prefix = ['npm', 'test']
    const rules = [
      allowFileChanges(files),
      allowPermissions(access),
      allowNetworkHosts(['example.com'], hosts),
      allowMcpTools(tools),
      answerUserInput(answers),
      allowCommands(prefix),
      declineCommands(prefix),
    ]
    const before = JSON.stringify(rules)
    for (const list of [within, file.extensions, folders, file.protect]) list.push('/.everything')
    Object.assign(files, { within: '/', kinds: undefined, maxDiffLines: undefined })
    Object.assign(access, { network: true, write: '/', partial: true })
    hosts.protocols.push('http')
    tools.push({ server: 'mail' })
    answers.a.push('c')
    prefix.pop()
    expect(JSON.stringify(rules)).toBe(before)
    for (const data of rules.map((rule) => rule.toJSON?.())) pushEverywhere(data)
    expect(JSON.stringify(rules)).toBe(before)
    const http = command(undefined, { network: { host: 'example.com', protocol: 'http' } })
    expect(await rules[2]?.evaluate(http)).toMatchObject({ match: 'no' })
  })

  it('tell what surrounds them', () => {
    const inner = approvalPolicy({ otherwise: 'cancel', deadline: 5 })
    expect(approvalPolicy({ otherwise: inner, dryRun: true }).toJSON()).toEqual({
      rules: [],
      otherwise: { rules: [], otherwise: 'cancel', deadline: 5, dryRun: false },
      dryRun: true,
    })
    expect(approvalPolicy({ otherwise: () => 'decline' }).toJSON()).toMatchObject({ otherwise: 'custom' })
  })

  it.each([
    [undefined, 'rules'],
    [{ rule: 'denyAll' }, 'rules'],
    [[null], 'rules[0]'],
    [[{ rule: 'allowEverything' }], 'rules[0]'],
    [[{ rule: 'toString' }], 'rules[0]'],
    [[{ rule: 'allowCommands', patterns: 'ls' }], 'rules[0].patterns'],
    [[{ rule: 'allowCommands', patterns: [] }], 'commands'],
    [[{ rule: 'allowFileChanges', options: { within: 'relative' } }], 'within'],
    [[{ rule: 'allowFileChanges' }], 'options'],
    [[{ rule: 'not', of: [{ rule: 'denyAll' }, { rule: 'denyAll' }] }], 'rules[0].of'],
    [[{ rule: 'anyOf', of: [{ rule: 'nothing' }] }], 'rules[0].of[0]'],
    [[{ rule: 'answerUserInput', answers: { a: 1 } }], 'answers.a'],
  ])('are refused when they are %j', (data, option) => {
    expect(() => rulesFromJson(data)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', option }))
  })

  it('cannot be made of functions and rules of others, which say so', () => {
    const own: ApprovalRule = { name: 'own', evaluate: () => ({ match: 'no', reason: '' }) }
    const { rules } = approvalPolicy({ rules: [own, answerUserInput(() => undefined)] }).toJSON()
    expect(rules).toEqual([
      { rule: 'custom', name: 'own' },
      { rule: 'custom', name: 'answerUserInput(a function)' },
    ])
    expect(() => rulesFromJson(rules)).toThrow(expect.objectContaining({ option: 'rules[0]' }))
  })
})
