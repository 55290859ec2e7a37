import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ApprovalDecision,
  type ApprovalRule,
  allOf,
  allowCommands,
  anyOf,
  cancelTurn,
  decline,
  forSession,
  not,
  type RuleMatch,
} from '../../../src/approvals/index.js'
import { command, fileChange } from '../requests.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

const MATCHES: readonly RuleMatch[] = ['yes', 'no', 'unsure', 'unrelated']
const says = (match: RuleMatch, decision?: ApprovalDecision): ApprovalRule => ({
  name: match,
  evaluate: () => ({ match, reason: match, ...(decision === undefined ? {} : { decision }) }),
})
const verdict = async (rule: ApprovalRule) => rule.evaluate(command())
const matchOf = async (rule: ApprovalRule) => (await verdict(rule)).match

describe('combined rules', () => {
  it('cover what any covers, or all', async () => {
    expect(await matchOf(anyOf(says('no'), says('yes'), says('unsure')))).toBe('yes')
    expect(await matchOf(anyOf(says('no'), says('unsure')))).toBe('unsure')
    expect(await matchOf(anyOf(says('unrelated'), says('no')))).toBe('no')
    expect(await matchOf(anyOf(says('unrelated')))).toBe('unrelated')
    expect(await matchOf(anyOf())).toBe('unsure')
    expect(await matchOf(allOf(says('yes'), says('yes')))).toBe('yes')
    expect(await matchOf(allOf(says('yes'), says('no'), says('unsure')))).toBe('no')
    expect(await matchOf(allOf(says('yes'), says('unrelated')))).toBe('unrelated')
    expect(await matchOf(not(says('no')))).toBe('yes')
  })

  it('never become sure of what they are unsure of, nor of other kinds', async () => {
    expect(await matchOf(not(says('unsure')))).toBe('unsure')
    expect(await matchOf(not(says('unrelated')))).toBe('unrelated')
    // A list of what is bad does not let through what it cannot read, nor what is only partly on it.
    const rule = not(allowCommands(['rm']))
    for (const text of ['rm x', 'ls && rm x', 'ls $(rm x)', 'ls > x']) {
      expect((await rule.evaluate(command(text))).match).not.toBe('yes')
    }
    expect((await rule.evaluate(command('ls'))).match).toBe('yes')
    expect((await rule.evaluate(fileChange([]))).match).toBe('unrelated')
  })

  it('obey the laws of logic', async () => {
    const match = fc.constantFrom(...MATCHES)
    await fc.assert(
      fc.asyncProperty(match, match, async (a, b) => {
        expect(await matchOf(not(not(says(a))))).toBe(a)
        expect(await matchOf(anyOf(says(a), says(b)))).toBe(await matchOf(anyOf(says(b), says(a))))
        expect(await matchOf(allOf(says(a), says(b)))).toBe(await matchOf(allOf(says(b), says(a))))
        if (a === 'unrelated' || b === 'unrelated') return
        expect(await matchOf(not(anyOf(says(a), says(b))))).toBe(
          await matchOf(allOf(not(says(a)), not(says(b)))),
        )
      }),
    )
  })

  it('take the decision of the first that covers it, or the strictest of all', async () => {
    expect(await verdict(anyOf(says('no', 'cancel'), says('yes', 'acceptForSession')))).toMatchObject({
      decision: 'acceptForSession',
    })
    const session = says('yes', 'acceptForSession')
    expect(await verdict(allOf(session, says('yes')))).toMatchObject({ decision: 'accept' })
    expect(await verdict(allOf(session, session))).toMatchObject({ decision: 'acceptForSession' })
    expect(await verdict(allOf(session, decline(says('yes'))))).toMatchObject({ decision: 'decline' })
    const answer = { answers: { a: 'b' } }
    expect(await verdict(allOf(says('yes'), says('yes', answer)))).toMatchObject({ decision: answer })
  })

  it('refuse what they may cover, when they refuse', async () => {
    for (const match of ['yes', 'unsure'] as const) {
      expect(await verdict(decline(says(match)))).toMatchObject({ match: 'yes', decision: 'decline' })
      expect(await verdict(cancelTurn(says(match)))).toMatchObject({ match: 'yes', decision: 'cancel' })
    }
    expect(await matchOf(decline(says('no')))).toBe('no')
  })

  it('allow for the session without changing refusals and answers', async () => {
    expect(await verdict(forSession(says('yes')))).toMatchObject({ decision: 'acceptForSession' })
    expect(await verdict(forSession(decline(says('yes'))))).toMatchObject({ decision: 'decline' })
    expect(await verdict(forSession(says('yes', { grant: {} })))).toMatchObject({
      decision: { grant: {}, scope: 'session' },
    })
  })

  it('are made of rules only', () => {
    expect(() => anyOf('ls' as never)).toThrow(expect.objectContaining({ option: 'anyOf[0]' }))
    expect(() => decline(undefined as never)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })
})
