import { describe, expect, it } from 'vitest'
import { MAX_COMMAND_LENGTH } from '../../../src/approvals/command-policy/limits.js'
import { compileCommandRules, matchCommand } from '../../../src/approvals/command-policy/match-command.js'
import { type CommandPattern, oneOf } from '../../../src/approvals/command-policy/rule.js'

const npmTest: readonly CommandPattern[] = [['npm', 'test']]

describe('matchCommand', () => {
  it('reports every simple command in the order written', () => {
    const match = matchCommand("bash -lc 'npm test && git status -s | ls'", [...npmTest, ['git'], ['ls']])
    expect(match).toEqual({
      matched: true,
      reason: 'every command in it is allowed by a rule',
      commands: [['npm', 'test'], ['git', 'status', '-s'], ['ls']],
    })
  })

  it('names the command that no rule allows, and still reports all of them', () => {
    const match = matchCommand('npm test; rm -rf /', npmTest)
    expect(match.matched).toBe(false)
    expect(match.reason).toContain('"rm" "-rf"')
    expect(match.commands).toEqual([
      ['npm', 'test'],
      ['rm', '-rf', '/'],
    ])
  })

  it('reports no commands when it could not read them with certainty', () => {
    expect(matchCommand('npm test $(rm x)', npmTest)).toEqual({
      matched: false,
      reason: 'cannot be read with certainty: an expansion or `$` quoting',
      commands: [],
    })
  })

  it('matches nothing without rules', () => {
    expect(matchCommand('ls', []).matched).toBe(false)
  })

  it('keeps long text of a command out of its reason', () => {
    expect(matchCommand(`x${'y'.repeat(5000)}`, npmTest).reason.length).toBeLessThan(100)
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
    ['blanks', ' \n\t'],
    ['an empty argv', []],
    ['an argv of numbers', [1]],
    ['a sparse argv', new Array(2)],
    ['an object', { 0: 'npm', length: 1 }],
    ['a String object', new String('npm test')],
  ])('does not match %s, and does not throw', (_, command) => {
    const given = command as unknown as string
    expect(matchCommand(given, [['npm'], ['undefined'], ['[object']])).toMatchObject({
      matched: false,
      commands: [],
    })
  })

  it('refuses a command longer than the limit, however harmless', () => {
    const rest = MAX_COMMAND_LENGTH - 'npm test '.length
    expect(matchCommand(`npm test ${'x'.repeat(rest)}`, npmTest).matched).toBe(true)
    expect(matchCommand(`npm test ${'x'.repeat(rest + 1)}`, npmTest).matched).toBe(false)
    expect(matchCommand(['npm', 'test', 'x'.repeat(MAX_COMMAND_LENGTH)], npmTest).matched).toBe(false)
  })

  it('refuses more commands, words or nesting than the limits', () => {
    const ls: readonly CommandPattern[] = [['ls']]
    expect(matchCommand('ls;'.repeat(64), ls).matched).toBe(true)
    expect(matchCommand('ls;'.repeat(65), ls).matched).toBe(false)
    expect(matchCommand(`ls${' x'.repeat(1024)}`, ls).matched).toBe(false)
    expect(matchCommand(['ls', ...new Array<string>(1024).fill('x')], ls).matched).toBe(false)
    for (const opening of ['(', '{ ', '$(', '`', '"$(', '((', 'if ', "bash -c '"]) {
      expect(matchCommand(`ls ${opening.repeat(5000)}`.slice(0, MAX_COMMAND_LENGTH), ls).matched).toBe(false)
    }
  })
})

describe('an argv', () => {
  it('is compared as it is, since no shell reads it', () => {
    const argv = ['npm', 'test', '$(x)', 'a;b', '*', '~', 'a\nb', '']
    expect(matchCommand(argv, npmTest)).toMatchObject({ matched: true, commands: [argv] })
  })

  it('of one word with blanks is not the words in it', () => {
    expect(matchCommand(['npm test'], npmTest).matched).toBe(false)
  })

  it('that is the wrapper of Codex is read as the script in it', () => {
    expect(matchCommand(['/bin/zsh', '-lc', 'npm test'], npmTest).commands).toEqual([['npm', 'test']])
    expect(matchCommand(['bash', '-lc', 'npm test; rm x'], npmTest).matched).toBe(false)
    expect(matchCommand(['bash', '-lc', 'npm test', 'x'], npmTest).matched).toBe(false)
    expect(matchCommand(['bash', '-lc', "bash -lc 'npm test'"], npmTest).matched).toBe(false)
  })

  it('with invisible, control or malformed characters does not match', () => {
    for (const word of ['a\u200b', 'a\0', 'a\r', '\u202e', '\ud800', '\u001b[2K']) {
      expect(matchCommand(['npm', 'test', word], npmTest).matched).toBe(false)
    }
  })

  it('is not changed when its owner changes the array later', () => {
    const argv = ['npm', 'test']
    const match = matchCommand(argv, npmTest)
    argv[1] = 'publish'
    expect(match.commands).toEqual([['npm', 'test']])
  })
})

describe('a wrapper', () => {
  it('never matches by a rule for the shell itself', () => {
    expect(matchCommand("bash -lc 'rm x'", [['bash']]).matched).toBe(false)
    expect(matchCommand("bash -lc 'bash -lc ls'", [['ls']]).matched).toBe(false)
  })

  it('keeps its quoting apart from that of its script', () => {
    const match = matchCommand(`bash -lc 'npm test '"'"'a; b'"'"' "it\\'"'"'s"'`, npmTest)
    expect(match.commands).toEqual([['npm', 'test', 'a; b', "it\\'s"]])
    expect(match.matched).toBe(true)
  })
})

describe('a prefix', () => {
  it('allows whatever follows it', () => {
    expect(matchCommand('git log --output=x', [['git', 'log']]).matched).toBe(true)
  })

  it('longer than the command does not match', () => {
    expect(matchCommand('npm', npmTest).matched).toBe(false)
  })

  it('may offer several words in one place', () => {
    const rules = [['npm', oneOf('test', 'ci')]]
    expect(matchCommand('npm ci', rules).matched).toBe(true)
    expect(matchCommand('npm test; npm ci', rules).matched).toBe(true)
    expect(matchCommand('npm publish', rules).matched).toBe(false)
  })

  it('survives being kept as JSON', () => {
    const rules = [{ prefix: ['npm', oneOf('test', 'ci')], exact: true }]
    const kept: readonly CommandPattern[] = JSON.parse(JSON.stringify(rules))
    expect(matchCommand('npm ci', kept).matched).toBe(true)
    expect(matchCommand('npm ci x', kept).matched).toBe(false)
  })

  it('is compared without regard to inherited properties', () => {
    expect(matchCommand('constructor', [['ls']]).matched).toBe(false)
    expect(matchCommand('npm __proto__', [['npm', oneOf('test')]]).matched).toBe(false)
  })
})

describe('an exact rule', () => {
  it('allows nothing after its prefix', () => {
    const rules = [{ prefix: ['npm', 'test'], exact: true }]
    expect(matchCommand('npm test', rules).matched).toBe(true)
    expect(matchCommand('npm test x', rules)).toMatchObject({
      matched: false,
      reason: 'no rule allows "npm" "test" as it stands: nothing may follow',
    })
    expect(matchCommand("npm test ''", rules).matched).toBe(false)
  })
})

describe('denied flags', () => {
  const matcher = compileCommandRules([{ prefix: ['git', 'log'], denyFlags: ['--output', '-o'] }])

  it.each([
    '--output',
    '--output=x',
    '--outpu=x',
    '--out x',
    '--o=x',
    '-output=x',
    '-o x',
    '-ox',
    '-po x',
    '-- --output',
  ])('refuse %s', (rest) => {
    expect(matcher(`git log ${rest}`).matched).toBe(false)
  })

  it.each(['', '--oneline', '-p', '-n 5', 'output', '-', '--', '--outputs=x'])('leave %j alone', (rest) => {
    expect(matcher(`git log ${rest}`).matched).toBe(true)
  })
})

describe('compileCommandRules', () => {
  it('keeps to the rules it was given, whatever becomes of them later', () => {
    const prefix = ['npm', 'test']
    const matcher = compileCommandRules([prefix])
    prefix.pop()
    expect(matcher('npm publish').matched).toBe(false)
  })

  it.each<[string, unknown, string]>([
    ['no list', 'npm', 'commands'],
    ['a rule that is text', ['npm test'], 'commands[0]'],
    ['null', [null], 'commands[0]'],
    ['an empty prefix', [[]], 'commands[0]'],
    ['no prefix', [{}], 'commands[0].prefix'],
    ['an empty program', [['']], 'commands[0][0]'],
    ['a program like a flag', [['-c']], 'commands[0][0]'],
    ['a number', [['npm', 1]], 'commands[0][1]'],
    ['a hole', [new Array(1)], 'commands[0][0]'],
    ['an empty choice', [['npm', { oneOf: [] }]], 'commands[0][1].oneOf'],
    ['a choice of numbers', [['npm', { oneOf: [1] }]], 'commands[0][1].oneOf[0]'],
    ['an unknown pattern', [['npm', { regex: '.*' }]], 'commands[0][1].regex'],
    ['a misspelled option', [{ prefix: ['npm'], exakt: true }], 'commands[0].exakt'],
    ['a switch that is text', [{ prefix: ['npm'], exact: 'yes' }], 'commands[0].exact'],
    ['denied flags without a dash', [{ prefix: ['npm'], denyFlags: ['x'] }], 'commands[0].denyFlags[0]'],
    ['a denied flag with a value', [{ prefix: ['npm'], denyFlags: ['--a=b'] }], 'commands[0].denyFlags[0]'],
    ['a denied cluster', [{ prefix: ['npm'], denyFlags: ['-ab'] }], 'commands[0].denyFlags[0]'],
    ['misspelled arguments', [['ls'], { prefix: ['npm'], args: { flag: [] } }], 'commands[1].args.flag'],
    ['a flag without a dash', [{ prefix: ['npm'], args: { flags: ['x'] } }], 'commands[0].args.flags[0]'],
    [
      'a short flag with a value',
      [{ prefix: ['x'], args: { flags: ['-a=b'] } }],
      'commands[0].args.flags[0]',
    ],
    ['a negative count', [{ prefix: ['npm'], args: { maxOperands: -1 } }], 'commands[0].args.maxOperands'],
    ['a count of NaN', [{ prefix: ['npm'], args: { minOperands: NaN } }], 'commands[0].args.minOperands'],
    ['a switch of 1', [{ prefix: ['npm'], args: { wholeWords: 1 } }], 'commands[0].args.wholeWords'],
    ['an unknown form', [{ prefix: ['npm'], args: { firstOperand: 'x' } }], 'commands[0].args.firstOperand'],
    ['empty text', [{ prefix: ['npm'], args: { forbiddenText: [''] } }], 'commands[0].args.forbiddenText[0]'],
  ])('throws for %s and names it', (_, rules, option) => {
    const compile = () => compileCommandRules(rules as CommandPattern[])
    expect(compile).toThrowError(expect.objectContaining({ code: 'INVALID_INPUT', option }))
  })
})
