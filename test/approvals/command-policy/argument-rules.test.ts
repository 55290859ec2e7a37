import { describe, expect, it } from 'vitest'
import {
  type ArgumentRules,
  findDisallowedArgument,
} from '../../../src/approvals/command-policy/argument-rules.js'

const rules: ArgumentRules = {
  flags: ['-a', '-b', '--all'],
  valueFlags: ['-n', '--lines'],
  optionalValueFlags: ['-M', '--color'],
  numberFlag: true,
}

describe('findDisallowedArgument', () => {
  it.each([
    '',
    '-a',
    '-ab',
    '-abn5',
    '-abn 5',
    '-n5',
    '-n 5',
    '-n -5',
    '--all x y',
    '--lines=5',
    '--lines 5',
    '--lines=-x',
    '--color',
    '--color=auto',
    '-M',
    '-M90%',
    '-aM',
    '-12',
    'x -a',
    '-',
    '--',
    '-- -x --evil +y',
    '-n +5',
  ])('finds nothing against %j', (args) => {
    expect(findDisallowedArgument(args.split(' ').filter(Boolean), rules)).toBeUndefined()
  })

  it.each([
    '-x',
    '-ax',
    '-xa',
    '--evil',
    '--al',
    '--all=x',
    '--line=5',
    '--lines',
    '-n',
    '-an',
    '-n -x',
    '-n --evil',
    '-n --',
    '--lines --evil',
    '--color x --evil',
    '--=x',
    '-=x',
    '---',
    '--all --evil',
    'x y -x',
    '-5x',
    '-a-',
    '-a=b',
    '+x',
    '- --evil',
  ])('finds something against %j', (args) => {
    expect(findDisallowedArgument(args.split(' '), rules)).toBeTypeOf('string')
  })

  it('allows nothing that looks like a flag when none is listed', () => {
    expect(findDisallowedArgument(['x', '-a'], {})).toBeTypeOf('string')
    expect(findDisallowedArgument(['x', ''], {})).toBeUndefined()
  })

  it('reads flags of one dash as whole words when told so', () => {
    const find: ArgumentRules = { wholeWords: true, flags: ['-o', '-k', '-print'], valueFlags: ['-name'] }
    expect(findDisallowedArgument(['.', '-name', 'x', '-o', '-print'], find)).toBeUndefined()
    expect(findDisallowedArgument(['.', '-ok'], find)).toBeTypeOf('string')
    expect(findDisallowedArgument(['.', '-namex'], find)).toBeTypeOf('string')
  })

  it('never takes the rest of a word for a value when flags are whole words', () => {
    const tree: ArgumentRules = { wholeWords: true, flags: ['-a'], valueFlags: ['-L', '--sort'] }
    expect(findDisallowedArgument(['-a', '-L', '2', '--sort=size', 'x'], tree)).toBeUndefined()
    for (const word of ['-L2', '-Lo', '-aL', '-La']) {
      expect(findDisallowedArgument([word, '2', 'x'], tree)).toBeTypeOf('string')
    }
  })

  it('lets flags stand only before operands when told so', () => {
    const uniq: ArgumentRules = { flagsFirst: true, flags: ['-c'], valueFlags: ['-f'], maxOperands: 1 }
    for (const args of [
      ['-c', '-f', '1', 'x'],
      ['-c', '--', 'x'],
      ['--', '-c'],
      ['-c', '-'],
    ]) {
      expect(findDisallowedArgument(args, uniq)).toBeUndefined()
    }
    for (const args of [
      ['x', '-c'],
      ['x', '--'],
      ['-', '-c'],
      ['x', '-f', '1'],
    ]) {
      expect(findDisallowedArgument(args, uniq)).toContain('may not stand behind others')
    }
  })

  it('allows a flag with the one value that is listed', () => {
    const branch: ArgumentRules = { flags: ['--sort=refname'] }
    expect(findDisallowedArgument(['--sort=refname'], branch)).toBeUndefined()
    for (const args of [['--sort=signature'], ['--sort', 'refname'], ['--sort=refname:short']]) {
      expect(findDisallowedArgument(args, branch)).toBeTypeOf('string')
    }
  })

  it('counts operands behind `--` and a lone dash', () => {
    const one: ArgumentRules = { minOperands: 1, maxOperands: 1 }
    expect(findDisallowedArgument(['-'], one)).toBeUndefined()
    expect(findDisallowedArgument(['--', '-x'], one)).toBeUndefined()
    expect(findDisallowedArgument(['--'], one)).toBe('too few arguments')
    expect(findDisallowedArgument(['-', 'x'], one)).toBe('too many arguments')
    expect(findDisallowedArgument(['x', '--', 'y'], one)).toBe('too many arguments')
  })

  it('lets only printing through as the first operand of sed', () => {
    const sed: ArgumentRules = { firstOperand: 'sed-print' }
    for (const script of ['5p', '$p', '1,200p', '10,$p']) {
      expect(findDisallowedArgument([script, 'x'], sed)).toBeUndefined()
    }
    for (const script of ['', 'p', '5d', '5p;w x', '5p\nw x', '5pw x', '/x/p', '5,p', '1~2p', '5e', 'w x']) {
      expect(findDisallowedArgument([script, 'x'], sed)).toBeTypeOf('string')
    }
  })

  it('looks for forbidden text in every argument, operands included', () => {
    const format: ArgumentRules = { optionalValueFlags: ['--format'], forbiddenText: ['%G'] }
    expect(findDisallowedArgument(['--format=%h'], format)).toBeUndefined()
    expect(findDisallowedArgument(['--format=%h%G?'], format)).toBeTypeOf('string')
    expect(findDisallowedArgument(['--', '%G'], format)).toBeTypeOf('string')
  })
})
