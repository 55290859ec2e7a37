import { InvalidInputError } from '../../util/errors.js'
import type { ArgumentRules } from './argument-rules.js'
import type { CommandRule, WordPattern } from './rule.js'

const ARGUMENT_LISTS = ['flags', 'valueFlags', 'optionalValueFlags', 'forbiddenText'] as const
const LIST_FORMS: Readonly<Record<(typeof ARGUMENT_LISTS)[number], RegExp>> = {
  flags: /^(?:-[^-\s=][^\s=]*|--[^-\s=][^\s=]*(?:=\S+)?)$/,
  valueFlags: /^--?[^-\s=][^\s=]*$/,
  optionalValueFlags: /^--?[^-\s=][^\s=]*$/,
  forbiddenText: /./su,
}
const ARGUMENT_SWITCHES = ['wholeWords', 'flagsFirst', 'numberFlag'] as const
const ARGUMENT_COUNTS = ['minOperands', 'maxOperands'] as const

/**
 * Checks a rule and returns a copy of it, which later changes to the original do not reach.
 *
 * Strict, since a rule that is read wrongly may allow too much: an unknown option, a misspelled `exact`
 * for one, is an error. Throws `InvalidInputError`, naming the option below `path`.
 */
export function checkRule(pattern: unknown, path: string): CommandRule {
  if (Array.isArray(pattern)) return { prefix: checkPrefix(pattern, path) }
  const rule = record(pattern, path, ['prefix', 'exact', 'denyFlags', 'args'], 'a prefix or a rule')
  const checked: { -readonly [K in keyof CommandRule]: CommandRule[K] } = {
    prefix: checkPrefix(rule.prefix, `${path}.prefix`),
  }
  if (rule.exact !== undefined) checked.exact = checkSwitch(rule.exact, `${path}.exact`)
  if (rule.denyFlags !== undefined) {
    checked.denyFlags = checkFlags(rule.denyFlags, `${path}.denyFlags`, /^(?:-[^-\s=]|--[^\s=]+)$/)
  }
  if (rule.args !== undefined) checked.args = checkArguments(rule.args, `${path}.args`)
  return checked
}

function checkPrefix(value: unknown, path: string): readonly WordPattern[] {
  const words = list(value, path, 'a non-empty list of words')
  if (words.length === 0) throw new InvalidInputError(path, value, 'a non-empty list of words')
  return words.map((word, index) => checkWord(word, `${path}[${index}]`, index === 0))
}

function checkWord(value: unknown, path: string, program: boolean): WordPattern {
  if (typeof value === 'string') return checkText(value, path, program)
  const words = list(record(value, path, ['oneOf'], 'a word or `oneOf`').oneOf, `${path}.oneOf`, 'words')
  if (words.length === 0) throw new InvalidInputError(`${path}.oneOf`, words, 'at least one word')
  return { oneOf: words.map((word, index) => checkText(word, `${path}.oneOf[${index}]`, program)) }
}

function checkText(value: unknown, path: string, program: boolean): string {
  if (typeof value !== 'string') throw new InvalidInputError(path, value, 'a string')
  // A program that starts with a dash or plus could be an option of the shell that runs it.
  if (program && !/^[^\s+-]/.test(value)) throw new InvalidInputError(path, value, 'the name of a program')
  return value
}

function checkArguments(value: unknown, path: string): ArgumentRules {
  const known = [...ARGUMENT_LISTS, ...ARGUMENT_SWITCHES, ...ARGUMENT_COUNTS, 'firstOperand']
  const rules = record(value, path, known, 'rules for arguments')
  const checked: { -readonly [K in keyof ArgumentRules]: ArgumentRules[K] } = {}
  for (const key of ARGUMENT_LISTS) {
    if (rules[key] !== undefined) checked[key] = checkFlags(rules[key], `${path}.${key}`, LIST_FORMS[key])
  }
  for (const key of ARGUMENT_SWITCHES) {
    if (rules[key] !== undefined) checked[key] = checkSwitch(rules[key], `${path}.${key}`)
  }
  for (const key of ARGUMENT_COUNTS) {
    const count = rules[key]
    if (count === undefined) continue
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) {
      throw new InvalidInputError(`${path}.${key}`, count, 'a whole number, 0 or more')
    }
    checked[key] = count
  }
  const form = rules.firstOperand
  if (form !== undefined) {
    if (form !== 'sed-print') throw new InvalidInputError(`${path}.firstOperand`, form, '`sed-print`')
    checked.firstOperand = form
  }
  return checked
}

function checkFlags(value: unknown, path: string, form: RegExp): readonly string[] {
  return list(value, path, 'a list of strings').map((text, index) => {
    if (typeof text === 'string' && form.test(text)) return text
    throw new InvalidInputError(`${path}[${index}]`, text, `text of the form ${form.source}`)
  })
}

function checkSwitch(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw new InvalidInputError(path, value, 'true or false')
  return value
}

function list(value: unknown, path: string, expected: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new InvalidInputError(path, value, expected)
  // Spread, so that the holes of a sparse array are seen as undefined.
  return [...value]
}

function record(
  value: unknown,
  path: string,
  known: readonly string[],
  expected: string,
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInputError(path, value, expected)
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw new InvalidInputError(`${path}.${key}`, undefined, 'a known option')
  }
  return { ...value }
}
