import { describe, expect, it } from 'vitest'
import { lexScript } from '../../../src/approvals/command-policy/lexer.js'
import { compileCommandRules } from '../../../src/approvals/command-policy/match-command.js'
import { readOnlyCommands } from '../../../src/approvals/command-policy/read-only.js'
import type { Reading } from '../../../src/approvals/command-policy/reading.js'
import { readSyntaxTree } from '../../../src/approvals/command-policy/syntax-tree.js'
import { allowedCommands, readOnlySamples } from './corpus/benign-commands.js'
import { expansionTricks } from './corpus/hostile-expansions.js'
import { programTricks } from './corpus/hostile-programs.js'
import { shellTricks } from './corpus/hostile-shell.js'

const allowList = compileCommandRules([['npm', 'test'], ['git', 'status'], ['ls'], ['echo']])
const readOnly = compileCommandRules(readOnlyCommands)
const shellLevel = [...expansionTricks, ...shellTricks]
const tricks = [...shellLevel, ...programTricks]

/** The commands that one reader alone, without the other, would let through. */
function letThrough(commands: readonly string[], read: (text: string) => Reading): string[] {
  return commands.filter((command) => {
    const reading = read(command)
    if ('refused' in reading) return false
    return [allowList, readOnly].some((matcher) => reading.commands.every((argv) => matcher(argv).matched))
  })
}

describe('hostile commands', () => {
  it.each(tricks)('do not match the allow-list: $trick', ({ commands }) => {
    expect(commands.filter((command) => allowList(command).matched)).toEqual([])
  })

  it.each(tricks)('do not match the read-only preset: $trick', ({ commands }) => {
    expect(commands.filter((command) => readOnly(command).matched)).toEqual([])
  })

  it.each(tricks)('do not match inside the wrapper of Codex: $trick', ({ commands }) => {
    const matched = commands.filter((command) =>
      [allowList, readOnly].some((matcher) => matcher(['/bin/bash', '-lc', command]).matched),
    )
    expect(matched).toEqual([])
  })

  it.each(tricks)('always come with a reason: $trick', ({ commands }) => {
    for (const command of commands) expect(allowList(command).reason).not.toBe('')
  })

  it.each(shellLevel.filter((trick) => !trick.beyondTree))(
    'do not get past the syntax tree alone: $trick',
    ({ commands }) => {
      expect(letThrough(commands, readSyntaxTree)).toEqual([])
    },
  )

  it.each(shellLevel.filter((trick) => !trick.beyondTree))(
    'do not get past the lexer alone: $trick',
    ({ commands }) => {
      expect(letThrough(commands, lexScript)).toEqual([])
    },
  )

  it('are at least 500, each of them once', () => {
    const commands = tricks.flatMap((trick) => trick.commands)
    expect(commands.length).toBeGreaterThanOrEqual(500)
    expect(commands.filter((command, index) => commands.indexOf(command) !== index)).toEqual([])
  })
})

describe('benign commands', () => {
  it.each(allowedCommands)('match the allow-list: %j', (command) => {
    expect(allowList(command)).toMatchObject({ matched: true })
  })

  it.each(readOnlySamples)('match the read-only preset: %j', (command) => {
    expect(readOnly(command)).toMatchObject({ matched: true })
  })
})
