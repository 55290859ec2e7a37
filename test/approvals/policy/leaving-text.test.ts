import { describe, expect, it } from 'vitest'
import {
  type ApprovalRequest,
  type AuditEntry,
  allowCommands,
  allowFileChanges,
  allowMcpTools,
  approvalPolicy,
  readOnlyCommands,
} from '../../../src/approvals/index.js'
import { command, elicitation, fileChange, mcpTool, permissions } from '../requests.js'

const SECRET = `sk-proj-${'Zq7Xw9Kv2Jp4'.repeat(4)}`
/** No padding of the tests holds any of these, so that one is a part of the secret. */
const PARTS = Array.from({ length: SECRET.length - 7 }, (_, start) => SECRET.slice(start, start + 8))

/** Everything that an audit and an explanation say about a request. */
async function everythingSaid(request: ApprovalRequest): Promise<string> {
  const entries: AuditEntry[] = []
  const policy = approvalPolicy({
    rules: [
      allowMcpTools([{ server: 'notes' }]),
      readOnlyCommands(),
      allowCommands(['npm', 'test']),
      allowFileChanges({ within: '/nowhere' }),
      { name: `of ${SECRET}`, evaluate: () => ({ match: 'no', reason: `it holds ${SECRET}` }) },
    ],
    audit: (entry) => entries.push(entry),
  })
  await policy.decide(request, { signal: new AbortController().signal })
  return JSON.stringify([entries, await policy.explain(request)])
}

const leaked = (text: string) => PARTS.filter((part) => text.includes(part))

describe('a long secret', () => {
  const pads = Array.from({ length: 130 }, (_, index) => index * 5 + (index % 5))
  const cases: readonly [string, (pad: string) => ApprovalRequest][] = [
    ['a command', (pad) => command(`echo ${pad} ${SECRET} ${'. '.repeat(400)} > x`)],
    ['the end of a command', (pad) => command(`${'. '.repeat(400)}${SECRET} ${pad}`)],
    [
      'the path of a file',
      (pad) => fileChange([{ path: `${pad}${SECRET}`, kind: { type: 'add' }, diff: '' }]),
    ],
    ['permissions', (pad) => permissions({ fileSystem: { read: [pad, `/${SECRET}`, '/'.repeat(600)] } })],
    ['the arguments of a tool', (pad) => mcpTool('s', 't', { arguments: { pad, apiKey: SECRET, end: pad } })],
    ['the name of a tool', (pad) => mcpTool(`${pad}${SECRET}`, `${SECRET}${pad}`)],
    ['a form', (pad) => elicitation({ message: `${pad} ${SECRET} ${'. '.repeat(400)}` })],
  ]

  it.each(cases)('in %s never leaves in part, wherever a text is cut', async (_what, make) => {
    for (const length of pads) {
      const said = await everythingSaid(make('/'.repeat(length)))
      expect({ length, leaked: leaked(said) }).toEqual({ length, leaked: [] })
    }
  })

  it('as a word of a command never leaves in part, wherever the word is cut', async () => {
    for (let length = 0; length <= 48; length++) {
      const word = `${'/'.repeat(length)}${SECRET}`
      for (const text of [
        `${word} x`,
        `npm ${word}`,
        `ls --${word}`,
        `ls +${word}`,
        `ls -I ${word} -Y${word}`,
      ]) {
        expect({ text, leaked: leaked(await everythingSaid(command(text))) }).toEqual({ text, leaked: [] })
      }
    }
  })
})

describe('the reason and the name of a rule', () => {
  it('are of a bounded length, in one line, with nothing invisible in them', async () => {
    const hostile = `\u202ea\nb\u001b[2J${'x'.repeat(10_000)}`
    const rules = [{ name: hostile, evaluate: () => ({ match: 'yes', reason: hostile }) as const }]
    const { reason, rule, considered } = await approvalPolicy({ rules }).explain(command())
    for (const text of [reason, rule?.name, considered[0]?.name, considered[0]?.reason]) {
      expect(text).toMatch(/^<U\+202E>a<U\+000A>b<U\+001B>\[2Jx+ … \d+ more characters … x+$/)
      expect(text?.length).toBeLessThan(600)
    }
  })

  it('are so when a rule throws as well', async () => {
    const evaluate = () => {
      throw new Error(`\u202e${SECRET}`)
    }
    const { reason, considered } = await approvalPolicy({ rules: [{ name: 'x', evaluate }] }).explain(
      command(),
    )
    expect(reason).toMatch(/^the rule failed: <U\+202E>/)
    expect(leaked(`${reason}${considered[0]?.reason}`)).toEqual([])
  })
})
