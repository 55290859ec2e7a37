import { quoteForReason } from './reading.js'

/**
 * Which arguments may follow the prefix of a rule. An allow-list: a flag that is not listed here, or not
 * spelled exactly as here (abbreviated, for one), does not match. Plain data.
 */
export interface ArgumentRules {
  /**
   * Flags without a value: `-l`, `--all`. Short ones may be written together (`-la`). `--sort=name` allows that
   * one value.
   */
  readonly flags?: readonly string[]
  /**
   * Flags with a value: `-n` allows `-n 5` and `-n5`, `--lines` allows `--lines 5` and `--lines=5`. Only for
   * programs that read `-n5` so; with `wholeWords` it does not match.
   */
  readonly valueFlags?: readonly string[]
  /** Flags with an optional value, which is always attached: `--color`, `--color=auto`, `-M`, `-M90`. */
  readonly optionalValueFlags?: readonly string[]
  /** Flags of one dash are whole words, never letters written together (`find`). @default false */
  readonly wholeWords?: boolean
  /**
   * Flags stand before everything else, for programs that take later ones for operands. @default false
   */
  readonly flagsFirst?: boolean
  /** A number as a flag (`head -5`). @default false */
  readonly numberFlag?: boolean
  /** Fewest arguments that are neither a flag nor a flag's value. @default 0 */
  readonly minOperands?: number
  /** Most arguments that are neither a flag nor a flag's value. @default Infinity */
  readonly maxOperands?: number
  /** Form that the first such argument must have: `sed-print` is `5p`, `$p`, `1,200p` or `10,$p`. */
  readonly firstOperand?: 'sed-print'
  /** Text that no argument may contain. */
  readonly forbiddenText?: readonly string[]
}

const SED_PRINT = /^(?:\d+|\$)(?:,(?:\d+|\$))?p$/

// Values of their own word that start with a dash: `-mtime -5`, `-size -10k`. Any other is refused, so that
// a program which takes no value after that flag cannot read one of ours as a flag that is not listed.
const NEGATIVE_NUMBER = /^-\d+[cwbkMG]?$/

/**
 * Says why arguments do not fit the rules, or returns undefined when they do.
 *
 * Flags are looked for behind operands as well, as GNU programs do; `--` ends them. Until then an argument
 * that starts with `+` does not fit, nor does a flag's value that starts with `-` and is not a number.
 */
export function findDisallowedArgument(args: readonly string[], rules: ArgumentRules): string | undefined {
  const forbidden = args.find((arg) => rules.forbiddenText?.some((text) => arg.includes(text)))
  if (forbidden !== undefined) return `the argument ${quoteForReason(forbidden)} is not allowed`
  const operands: string[] = []
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ''
    if (rules.flagsFirst && operands.length > 0 && arg.startsWith('-') && arg !== '-') {
      return `the argument ${quoteForReason(arg)} may not stand behind others`
    }
    if (arg === '--') {
      operands.push(...args.slice(index + 1))
      break
    }
    // Some programs take it for a flag of old (`tail +5f` never ends).
    if (arg.startsWith('+')) return `the argument ${quoteForReason(arg)} is not allowed`
    if (!arg.startsWith('-') || arg === '-') {
      operands.push(arg)
      continue
    }
    const kind = flagKind(arg, rules)
    if (kind === 'unknown') return `the flag ${quoteForReason(arg)} is not allowed`
    if (kind === 'complete') continue
    const value = args[++index]
    if (value === undefined || (value.startsWith('-') && !NEGATIVE_NUMBER.test(value))) {
      return `the flag ${quoteForReason(arg)} lacks its value`
    }
  }
  return findDisallowedOperand(operands, rules)
}

function findDisallowedOperand(operands: readonly string[], rules: ArgumentRules): string | undefined {
  if (operands.length < (rules.minOperands ?? 0)) return 'too few arguments'
  if (operands.length > (rules.maxOperands ?? Number.POSITIVE_INFINITY)) return 'too many arguments'
  if (rules.firstOperand === 'sed-print' && !SED_PRINT.test(operands[0] ?? '')) {
    return 'the first argument is not of the allowed form'
  }
  return undefined
}

type FlagKind = 'complete' | 'needs-value' | 'unknown'

function flagKind(arg: string, rules: ArgumentRules): FlagKind {
  const { flags = [], valueFlags = [], optionalValueFlags = [] } = rules
  if (flags.includes(arg) || optionalValueFlags.includes(arg)) return 'complete'
  if (valueFlags.includes(arg)) return 'needs-value'
  if (rules.numberFlag && /^-\d+$/.test(arg)) return 'complete'
  if (arg.startsWith('--')) {
    const equals = arg.indexOf('=')
    const name = equals < 0 ? '' : arg.slice(0, equals)
    return valueFlags.includes(name) || optionalValueFlags.includes(name) ? 'complete' : 'unknown'
  }
  return rules.wholeWords ? 'unknown' : clusterKind(arg, flags, valueFlags, optionalValueFlags)
}

/** Reads `-abc` letter by letter: flags, until one with a value takes the rest. */
function clusterKind(
  arg: string,
  flags: readonly string[],
  valueFlags: readonly string[],
  optionalValueFlags: readonly string[],
): FlagKind {
  for (let at = 1; at < arg.length; at++) {
    const flag = `-${arg.charAt(at)}`
    if (flags.includes(flag)) continue
    if (optionalValueFlags.includes(flag)) return 'complete'
    if (valueFlags.includes(flag)) return at + 1 < arg.length ? 'complete' : 'needs-value'
    return 'unknown'
  }
  return 'complete'
}
