import { InvalidInputError } from '../../util/errors.js'

/** Way from a message to one of its fields: names, and numbers of list elements. */
export type FieldPath = readonly (string | number)[]

/** Tells whether a field is meant. */
export type FieldMatcher = (path: FieldPath) => boolean

/**
 * Reads a list of fields. A single name (`cwd`) means every field of that name; a path with dots
 * (`params.input.*.text`) means the field there, and `*` any name or list element. Throws `InvalidInputError`.
 */
export function fieldMatcher(option: string, fields: unknown): FieldMatcher {
  if (!Array.isArray(fields)) throw new InvalidInputError(option, fields, 'a list of field names or paths')
  const names = new Set<string>()
  const paths: string[][] = []
  for (const [index, field] of fields.entries()) {
    const parts = typeof field === 'string' ? field.split('.') : ['']
    if (parts.includes('')) {
      throw new InvalidInputError(`${option}[${index}]`, field, 'a field name, or names joined by dots')
    }
    if (parts.length === 1) names.add(parts[0] as string)
    else paths.push(parts)
  }
  return (path) => {
    const name = path.at(-1)
    if (typeof name === 'string' && names.has(name)) return true
    return paths.some(
      (parts) =>
        parts.length === path.length && parts.every((part, i) => part === '*' || part === String(path[i])),
    )
  }
}

/** A path as people write it: `params.input[0].type`. */
export function showPath(path: FieldPath): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  )
}
