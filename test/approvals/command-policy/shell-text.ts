import fc from 'fast-check'

/** Texts made of what shells find special, dense enough that some are read and most are refused. */
export const shellText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(' ', 'npm test', 'git status', 'ls', ' ls -l ', ' a ', 'x=1') },
      {
        weight: 4,
        arbitrary: fc.constantFrom(';', '&&', '||', '|', '\n', "'", '"', '\\', ' && ls ', "'a b'"),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          ...'&<>(){}[]*?~!#^$`=\t\r,:-'.split(''),
          '$(',
          '${',
          "$'",
          '$"',
          '<<E',
          '<<<',
          '|&',
          '>&',
          'é',
          '；',
          '\u00a0',
          '\0',
          'if',
          'time',
          'bash -lc ',
        ),
      },
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''))

type Style = 'single' | 'double' | 'backslash' | 'mixed'

/**
 * Writes a word so that every shell reads it back, in a given style of quoting; undefined when the style
 * has no form for it that all shells agree on.
 */
export function quoteWord(text: string, style: Style): string | undefined {
  switch (style) {
    case 'single':
      return text === '' ? "''" : singleQuoted(text)
    case 'double':
      return text.includes('!') ? undefined : `"${text.replace(/[$`"\\]/g, '\\$&')}"`
    case 'backslash':
      return /^[ -~]+$/.test(text) ? text.replace(/[^A-Za-z0-9]/g, '\\$&') : undefined
    case 'mixed':
      return text
        .split(/(?<=[;&|])/)
        .map((part, index) => quoteWord(part, index % 2 === 0 ? 'single' : 'double') ?? singleQuoted(part))
        .reduce(
          (all, part) => (all.endsWith("'") && part.startsWith("'") ? `${all}""${part}` : all + part),
          '',
        )
  }
}

/** Runs of single quotes go into double quotes, the rest into single ones, so that none are adjacent. */
function singleQuoted(text: string): string {
  return text.replace(/'+|[^']+/g, (part) => (part.startsWith("'") ? `"${part}"` : `'${part}'`))
}
