import {
  type CommandNode,
  type ParsedScript,
  type PipelineNode,
  parse,
  type Statement,
  type Word,
} from 'unbash'
import { type Argv, type Reading, refuse } from './reading.js'

// What may stand between two words: the blanks and operators that the tree below accounts for. Whatever
// else is there, a comment for one, the tree has dropped without a trace.
const BETWEEN_WORDS = /^[ \t\n;|&]*$/

// What the tree keeps as plain text although it may be more: tildes, history marks, patterns of other shells,
// braces and brackets and dollars that bash leaves alone, a backslash with nothing behind it.
const MARKS = /[~!^#{}[\]$\\]/

/** Thrown inside this file only, to leave the walk at the first node that is not certain. */
class Uncertain extends Error {}

/**
 * Reads a script by means of a bash syntax tree, and refuses every node, word part and leftover that is
 * not literal. Knows nothing of the lexer, so that a mistake of one is not a mistake of both.
 * Never throws.
 */
export function readSyntaxTree(text: string): Reading {
  try {
    return walk(text, parse(text))
  } catch (error) {
    // A parser that fails, on whatever ground, has not read the command.
    return refuse(error instanceof Uncertain ? error.message : 'the parser failed')
  }
}

function walk(text: string, script: ParsedScript): Reading {
  const error = script.errors?.[0]
  if (error !== undefined) return refuse(`a syntax error: ${error.message}`)
  if (script.shebang !== undefined) return refuse('a comment')
  const words: Word[][] = script.commands.flatMap(statementWords)
  if (words.length === 0) return refuse('no command')
  let end = 0
  for (const word of words.flat()) {
    if (word.pos < end || !BETWEEN_WORDS.test(text.slice(end, word.pos))) return refuse('a comment')
    end = word.end
  }
  if (!BETWEEN_WORDS.test(text.slice(end))) return refuse('a comment')
  return { commands: words.map((command): Argv => command.map(literalValue)) }
}

function statementWords(statement: Statement): Word[][] {
  if (statement.background) throw new Uncertain('a background command')
  const { command } = statement
  if (command.type !== 'AndOr') return pipelineWords(command)
  if (command.operators.length !== command.commands.length - 1) throw new Uncertain('an unfinished list')
  return command.commands.flatMap(pipelineWords)
}

function pipelineWords(node: PipelineNode): Word[][] {
  if (node.type !== 'Pipeline') return [simpleWords(node)]
  if (node.prefixes.length > 0) throw new Uncertain('a `!` or `time` prefix')
  if (node.operators.length !== node.commands.length - 1) throw new Uncertain('an unfinished pipeline')
  if (node.operators.some((operator) => operator !== '|')) throw new Uncertain('a pipe of standard error')
  return node.commands.map(simpleWords)
}

function simpleWords(node: CommandNode): Word[] {
  if (node.type !== 'Command') throw new Uncertain(`a compound command (${node.type})`)
  if (node.name === undefined) throw new Uncertain('no command')
  const words = [node.name]
  for (const part of [...node.prefix, ...node.suffix]) {
    if (part.type !== 'Word') throw new Uncertain(`an assignment or redirection (${part.type})`)
    words.push(part)
  }
  return words
}

function literalValue(word: Word): string {
  for (const part of word.parts ?? [word]) {
    switch (part.type) {
      case 'Word':
      case 'Literal':
        if (MARKS.test(part.text.replace(/\\./gs, ''))) throw new Uncertain('an expansion')
        break
      case 'SingleQuoted':
        break
      case 'DoubleQuoted':
        if (!part.parts.every((child) => child.type === 'Literal' && isPlainInQuotes(child.text))) {
          throw new Uncertain('an expansion')
        }
        break
      default:
        throw new Uncertain(`an expansion (${part.type})`)
    }
  }
  return word.value
}

function isPlainInQuotes(text: string): boolean {
  return !/[!$`]/.test(text.replace(/\\[$`"\\]/g, ''))
}
