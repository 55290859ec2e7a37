import type { SchemaNode } from './schema.js'

/** What a doc comment is made of. */
export interface DocSource {
  readonly description?: string | undefined
  readonly default?: unknown
  readonly experimental?: boolean | undefined
}

/** Longest default value worth showing, in characters. */
const MAX_DEFAULT = 80

/**
 * Renders a doc comment with a trailing newline, or the empty string when there is nothing to say.
 * A comment end inside the text is escaped, so that it cannot end the comment.
 */
export function docComment({ description, default: value, experimental }: DocSource): string {
  const lines = description === undefined ? [] : description.trim().split(/\r?\n/)
  const shown = value === undefined || value === null ? '' : JSON.stringify(value)
  const tags: string[] = []
  if (shown !== '' && shown.length <= MAX_DEFAULT) tags.push(`@default ${shown}`)
  if (experimental) tags.push('@experimental')
  const all = [...lines, ...tags]
    .map((line) => line.trimEnd().replaceAll('*/', '*\\/'))
    .filter((line, index) => line !== '' || index > 0)
  const [only, ...more] = all
  if (only === undefined) return ''
  if (more.length === 0) return `/** ${only} */\n`
  return `/**\n${all.map((line) => (line === '' ? ' *\n' : ` * ${line}\n`)).join('')} */\n`
}

/** Doc comment of a schema. */
export function schemaComment(schema: SchemaNode | boolean): string {
  return typeof schema === 'boolean' ? '' : docComment(schema)
}
