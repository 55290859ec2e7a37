import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lexScript } from '../../../src/approvals/command-policy/lexer.js'
import { compileCommandRules } from '../../../src/approvals/command-policy/match-command.js'
import { readCommand, readScript } from '../../../src/approvals/command-policy/read-command.js'
import { readOnlyCommands } from '../../../src/approvals/command-policy/read-only.js'
import { readSyntaxTree } from '../../../src/approvals/command-policy/syntax-tree.js'
import { findUnreadableText } from '../../../src/approvals/command-policy/text-check.js'
import { quoteWord, shellText } from './shell-text.js'

const word = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme-ascii' }), shellText)
  .filter((text) => findUnreadableText(text) === undefined)
const style = fc.constantFrom('single', 'double', 'backslash', 'mixed')

describe('readCommand', () => {
  it('gives back every argv that is quoted for a shell', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, style), { minLength: 1, maxLength: 6 }), (quoted) => {
        const argv = ['npm', ...quoted.map(([text]) => text)]
        const texts = quoted.map(([text, how]) => quoteWord(text, how))
        // A word that cannot be written in a style comes as undefined and leaves nothing to compare.
        fc.pre(texts.every((text) => text !== undefined))
        expect(readCommand(['npm', ...texts].join(' '))).toEqual({ commands: [argv] })
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('gives back every script that is quoted into the wrapper', () => {
    fc.assert(
      fc.property(shellText, (script) => {
        const quoted = quoteWord(script, 'single')
        fc.pre(quoted !== undefined)
        expect(readCommand(`/bin/bash -lc ${quoted}`)).toEqual(readScript(script))
        expect(readCommand(['/bin/bash', '-lc', script])).toEqual(readScript(script))
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('lets single quotes touch where Codex wrote them, and not in what a shell will read', () => {
    expect(readCommand("bash -lc 'ls ''-l'")).toEqual({ commands: [['ls', '-l']] })
    expect(readCommand("ls '-''l'")).toEqual({ refused: 'adjacent single quotes' })
    expect(readCommand(['bash', '-lc', "ls '-''l'"])).toEqual({ refused: 'adjacent single quotes' })
  })

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything({ withSparseArray: true, withNullPrototype: true }), (command) => {
        expect(readCommand(command)).toBeTypeOf('object')
      }),
      { seed: 2, numRuns: 500 },
    )
  })
})

describe('the two readers', () => {
  it('agree on every text that the lexer reads', () => {
    fc.assert(
      fc.property(shellText, (text) => {
        const lexed = lexScript(text)
        fc.pre(!('refused' in lexed))
        expect(readSyntaxTree(text)).toEqual(lexed)
      }),
      { seed: 3, numRuns: 1000 },
    )
  })
})

describe('a suffix behind an allowed command', () => {
  it('makes no other command allowed', () => {
    const matcher = compileCommandRules([['npm', 'test'], ...readOnlyCommands])
    const separator = fc.constantFrom(';', '&&', '||', '|', '\n', '&', '|&')
    fc.assert(
      fc.property(shellText, separator, shellText, (suffix, operator, more) => {
        const text = `npm test${suffix}`
        // A text that matches is complete, so that an operator behind it stands outside of any quote.
        fc.pre(matcher(text).matched)
        expect(matcher(`${text} ${operator} rm x ${more}`).matched).toBe(false)
      }),
      { seed: 5, numRuns: 300 },
    )
  })
})
