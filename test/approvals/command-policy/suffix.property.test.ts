import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileCommandRules } from '../../../src/approvals/command-policy/match-command.js'
import { shellText } from './shell-text.js'

const matcher = compileCommandRules([['npm', 'test']])

/** Texts of which most characters are ASCII, and many of those special to a shell. */
const suffix = fc.oneof(
  shellText,
  fc.string({
    unit: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...';&|<>()$`\\"\'*?[]#~=%!{}\n\t ') },
      { weight: 4, arbitrary: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) },
      { weight: 2, arbitrary: fc.constantFrom(' rm x', ' npm test', ' -x', "'", '"', '\\\n', ' ; ', ' && ') },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
    ),
    maxLength: 16,
  }),
)

/**
 * The commands in a text, told by nothing but quotes and the characters that end a command; `undefined` when
 * an unquoted character could make a shell do anything else. Shares no code with what it checks.
 */
function plainCommands(text: string): string[][] | undefined {
  const commands: string[][] = [[]]
  let word: string | undefined
  const endWord = () => {
    if (word !== undefined) commands.at(-1)?.push(word)
    word = undefined
  }
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (quote === "'") {
      if (char === "'") quote = ''
      else word += char
    } else if (char === '\\') {
      const next = text.charAt(++at)
      if (next === '' || next === '\n') return undefined
      word = (word ?? '') + (quote === '"' && !'$`"\\'.includes(next) ? `\\${next}` : next)
    } else if (quote === '"') {
      if (char === '"') quote = ''
      else if ('$`'.includes(char)) return undefined
      else word += char
    } else if (char === "'" || char === '"') {
      quote = char
      word ??= ''
    } else if (' \t'.includes(char)) {
      endWord()
    } else if (';|&\n'.includes(char)) {
      endWord()
      commands.push([])
    } else if ('<>()$`*?[]{}'.includes(char) || (char === '#' && word === undefined)) {
      return undefined
    } else {
      word = (word ?? '') + char
    }
  }
  endWord()
  return quote === '' ? commands.filter((words) => words.length > 0) : undefined
}

const NUM_RUNS = 20_000
const SEED = 11

describe('a rule for one command', () => {
  it('is such that no suffix appended to an allowed command makes a second command allowed', () => {
    let matched = 0
    fc.assert(
      fc.property(suffix, (text) => {
        const match = matcher(`npm test${text}`)
        if (!match.matched) return
        matched++
        for (const argv of match.commands) expect(argv.slice(0, 2)).toEqual(['npm', 'test'])
        expect(match.commands).toEqual(plainCommands(`npm test${text}`))
      }),
      { numRuns: NUM_RUNS, seed: SEED },
    )
    // Otherwise the property would say nothing.
    expect(matched).toBeGreaterThan(NUM_RUNS / 50)
  })

  it('never allows another command behind one, whatever stands in between', () => {
    const joint = fc.constantFrom(';', '&&', '||', '|', '&', '\n', '|&', ';;', '\r', '\u2028', '\0')
    fc.assert(
      fc.property(suffix, joint, (text, between) => {
        const { matched, commands } = matcher(`npm test${text}${between}rm x`)
        // A quote that the suffix opens, or a backslash at its end, can make all of it an argument.
        if (matched) for (const argv of commands) expect(argv.slice(0, 2)).toEqual(['npm', 'test'])
        if (matched) expect(commands).toEqual(plainCommands(`npm test${text}${between}rm x`))
      }),
      { numRuns: NUM_RUNS, seed: SEED },
    )
  })
})
